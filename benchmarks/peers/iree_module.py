# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tilewright's imported module as IREE takes it."""

import re

# Under which IREE looks for the weights.
SCOPE = "model"
# An argument of @main as the importer leaves it; one that the model changes is also said to be
# updated by a result.
_ARGUMENT = re.compile(
    r'(%\w+): (tensor<[^>]*>) \{tw\.(weight|input|state) = "((?:[^"\\]|\\.)*)"'
    r"(?:, tw\.updated_by = \d+ : i64)?\}"
)


def with_parameters(text: str) -> str:
    """The module with its weights as IREE's parameters rather than arguments of ``@main``.

    As arguments they would be unknown until the call, and packed anew in each. What the model
    changes stays an argument, and its new value a result.
    """
    text = _without_locations(text)
    start = text.index("func.func @main(")
    end = text.index("\n", start)
    globals_: list[str] = []
    loads: list[str] = []
    inputs: list[str] = []
    for value, kind, role, name in _ARGUMENT.findall(text[start:end]):
        if role != "weight":
            inputs.append(f"{value}: {kind}")
            continue
        symbol = f"@weight{len(globals_)}"
        parameter = f'#flow.parameter.named<"{SCOPE}"::"{name}">'
        globals_.append(f"util.global private {symbol} = {parameter} : {kind}\n  ")
        loads.append(f"\n    {value} = util.global.load immutable {symbol} : {kind}")
    results = text[text.index(") -> ", start) : end]
    header = f"func.func @main({', '.join(inputs)}{results}"
    return "".join([text[:start], *globals_, header, *loads, text[end:]])


def _without_locations(text: str) -> str:
    """The text as MLIR prints it by default: ``@main`` and its arguments on one line."""
    from mlir import ir

    with ir.Context() as context:
        context.allow_unregistered_dialects = True  # `tw` is for its attributes only
        printed: str = ir.Module.parse(text).operation.get_asm()
    return printed
