# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE's ``llvm-cpu`` backend, on the very module that Tilewright compiles.

Its own importer is torch-mlir's, which stops at buffers that are not persistent, so that no
transformer of the zoo gets through. Ours gives linalg on tensors, which is what IREE compiles.
"""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import iree.runtime

from machine import version
from peers import ENVIRONMENT, Inputs, NotSupported, Prepared
from peers.iree_module import SCOPE, with_parameters
from tilewright.frontend import import_torch

# For what a function keeps on the stack. By default 32 KiB, which refuses most transformers.
_STACK_BYTES = 1 << 20
_OPTIONS = (
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-llvmcpu-target-cpu=host",
    "--iree-opt-level=O3",
    "--iree-opt-data-tiling=true",
    f"--iree-llvmcpu-stack-allocation-limit={_STACK_BYTES}",
)
_MESSAGE_LENGTH = 2000


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Imports with our front end, compiles, and loads the weights as IREE's parameters.

    Raises NotSupported for other precisions than float32, and RuntimeError with the compiler's
    first lines where it fails.
    """
    if precision != "f32":
        # iree-global-opt-demote-contraction-inputs-type changes nothing there: by then a product
        # with transposed weights is no matmul by name any more.
        raise NotSupported(f"IREE's switch for {precision} leaves linear layers in float32")
    imported = import_torch(model, inputs.args, inputs.kwargs)
    if imported.states:
        raise NotSupported("buffers that the model changes are not handed to IREE here")
    iree.runtime.flags.parse_flags(
        f"--task_topology_group_count={threads}", f"--task_worker_stack_size={2 * _STACK_BYTES}"
    )
    config = iree.runtime.Config("local-task")
    index = iree.runtime.ParameterIndex()
    for weight in imported.weights:
        index.add_buffer(weight.name, weight.tensor.numpy().tobytes())
    parameters = iree.runtime.create_io_parameters_module(
        config.vm_instance, index.create_provider(scope=SCOPE)
    )
    code = iree.runtime.VmModule.copy_buffer(
        config.vm_instance, _compile(with_parameters(imported.text))
    )
    context = iree.runtime.SystemContext(vm_modules=[parameters, code], config=config)
    function = context.modules.module["main"]
    tensors = imported.flatten_inputs(inputs.args, inputs.kwargs)
    arrays = [iree.runtime.asdevicearray(config.device, t.detach().numpy()) for t in tensors]

    def call() -> Any:
        results = function(*arrays)
        results = results if isinstance(results, (tuple, list)) else [results]
        # New values of a cache follow the outputs; they stay with IREE, for the next step.
        outputs = results[: len(imported.outputs)]
        return imported.unflatten_outputs([output.to_host() for output in outputs], tensors)

    return Prepared(call, {"version": version("iree-base-compiler")})


def _compile(text: str) -> bytes:
    # A program of its own: two copies of LLVM in one process disturb each other.
    with tempfile.TemporaryDirectory() as folder:
        source, code = Path(folder, "model.mlir"), Path(folder, "model.vmfb")
        source.write_text(text)
        compiler = ENVIRONMENT / "bin" / "iree-compile"
        command = [str(compiler), *_OPTIONS, str(source), "-o", str(code)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.replace(f"{source}:", "").strip() or "no message"
            raise RuntimeError(f"iree-compile exited {done.returncode}: {said[:_MESSAGE_LENGTH]}")
        return code.read_bytes()
