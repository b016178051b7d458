# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is measured: a model of the zoo, or one kernel of given sizes."""

from dataclasses import dataclass
from typing import Any

from peers import Inputs


@dataclass(frozen=True)
class Case:
    """A name for tables, and what every process builds the same model from.

    Attributes:
        name: in tables, and for choosing; ``gemm/1024x1024x1024``.
        kind: ``zoo``, or a function of kernel_modules.py.
        sizes: its arguments.
    """

    name: str
    kind: str
    sizes: dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """A case that is built.

    Attributes:
        model: a ``torch.nn.Module`` in eval mode, float32.
        inputs: what it is called with.
        flops: operations of a call, where they cannot be counted by looking at it.
    """

    model: Any
    inputs: Inputs
    flops: int | None = None


def zoo_case(model: str, size: str = "full") -> Case:
    """A model of the zoo."""
    name = model if size == "full" else f"{model}:{size}"
    return Case(name, "zoo", {"model": model, "size": size})


def build(case: Case) -> Workload:
    """The model with seeded weights and inputs; equal in all processes."""
    if case.kind == "zoo":
        from tilewright import zoo

        built = zoo.build(case.sizes["model"], case.sizes["size"])
        return Workload(built.model, Inputs(built.example_args, built.example_kwargs))
    import torch

    import kernel_modules

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        workload: Workload = getattr(kernel_modules, case.kind)(**case.sizes)
    workload.model.eval()
    return workload


def describe(case: Case, reference: str) -> dict[str, Any]:
    """Operations, bytes and parameters of a case; its exact results go to the file ``reference``.

    ``flops`` is None where nothing is multiplied and added, ``activation_elements`` is what goes in
    and out, and ``exact`` says whether PyTorch can run the model in float64 at all.
    """
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils import _pytree as pytree
    from torch.utils.flop_counter import FlopCounterMode

    from tilewright.cli.measure import run_float64

    workload = build(case)
    args, kwargs = workload.inputs
    # Attention as matmuls, since the counter does not know the fused kernel of CPUs.
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        result = workload.model(*args, **kwargs)
    tensors = [
        leaf
        for leaf in pytree.tree_leaves((args, kwargs, result))
        if isinstance(leaf, torch.Tensor)
    ]
    with torch.no_grad():
        exact = run_float64(workload.model, args, kwargs)
    if exact is not None:
        torch.save(pytree.tree_leaves(exact), reference)
    return {
        "flops": workload.flops or counter.get_total_flops() or None,
        "parameters": sum(p.numel() for p in workload.model.parameters()),
        "activation_elements": sum(tensor.numel() for tensor in tensors),
        "exact": exact is not None,
        "torch": torch.__version__,
    }
