# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who is measured: Tilewright and what a user would take instead, behind one interface.

A contender is a module of this package with a function ``prepare``::

    def prepare(model: nn.Module, inputs: Inputs, threads: int, precision: str) -> Prepared

It is imported in the contender's own process only, and may raise whatever it likes: that becomes
a row of the table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

PRECISIONS = ("f32", "bf16")
# What needs packages that the compiler has no use for; see requirements-peers.txt.
ENVIRONMENT = Path(__file__).resolve().parents[2] / "build" / "peers"


class Inputs(NamedTuple):
    """What the model is called with."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A model that is ready.

    Attributes:
        call: runs it once on the inputs, and returns its results in any structure.
        facts: what to say of it: versions, seconds of compilation.
    """

    call: Callable[[], Any]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """An entry of the list of contenders.

    Attributes:
        title: for tables.
        module: of this package.
        own_environment: whether it lives in ``build/peers`` rather than in ``.venv``.
    """

    title: str
    module: str
    own_environment: bool = False


OURS = "tilewright"
CONTENDERS = {
    OURS: Contender("Tilewright", "ours"),
    "eager": Contender("eager", "eager"),
    "inductor": Contender("Inductor", "inductor"),
    "onnxruntime": Contender("ONNX Runtime", "onnx_runtime", own_environment=True),
    "openvino": Contender("OpenVINO", "openvino_cpu", own_environment=True),
    "iree": Contender("IREE", "iree_cpu", own_environment=True),
}
PEERS = tuple(name for name in CONTENDERS if name != OURS)


class NotSupported(Exception):
    """The contender cannot do this at all: the message says what."""


def load(name: str) -> Callable[[Any, Inputs, int, str], Prepared]:
    """The function ``prepare`` of a contender."""
    prepare: Callable[[Any, Inputs, int, str], Prepared]
    prepare = import_module(f"peers.{CONTENDERS[name].module}").prepare
    return prepare
