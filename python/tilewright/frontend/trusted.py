# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations that torch-mlir is known to lower without crashing, for the usual element types.

Collected from the models that the tests import. Any other operation is first tried alone in a child
process, since torch-mlir ends the process on some (int8 with a Python scalar) and allocates without
bound on others.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx
from torch.utils import _pytree as pytree

_DTYPES = frozenset(
    {
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.bool,
    }
)

_OPERATIONS = frozenset(
    """
    aten.abs.default aten.add.Tensor aten.alias.default aten.amax.default aten.any.dim
    aten.arange.start_step aten.argmax.default aten.bitwise_and.Tensor aten.bitwise_not.default
    aten.bmm.default aten.cat.default aten.clamp.default aten.clone.default
    aten.constant_pad_nd.default aten.convolution.default aten.cos.default aten.div.Tensor
    aten.embedding.default aten.eq.Tensor aten.exp.default aten.expand.default aten.full.default
    aten.full_like.default aten.gather.default aten.ge.Scalar aten.gelu.default aten.gt.Scalar
    aten.gt.Tensor aten.index.Tensor aten.le.Tensor aten.linalg_vector_norm.default
    aten.log.default aten.log1p.default aten.lt.Scalar aten.max_pool2d_with_indices.default
    aten.mean.dim aten.mm.default aten.mul.Scalar aten.mul.Tensor aten.ne.Scalar aten.neg.default
    aten.permute.default aten.relu.default aten.repeat.default aten.rsqrt.default
    aten.scalar_tensor.default aten.select.int aten.sigmoid.default aten.sin.default
    aten.slice.Tensor aten.split_with_sizes.default aten.sqrt.default aten.sub.Tensor
    aten.sum.dim_IntList aten.sym_size.int aten.tanh.default aten.transpose.int
    aten.unsqueeze.default aten.view.default aten.where.self prims.collapse.default
    prims.convert_element_type.default prims.squeeze.default
    """.split()
)


def is_trusted(node: fx.Node) -> bool:
    """Whether ``node`` may be lowered in this process without having been tried."""
    if not isinstance(node.target, torch._ops.OpOverload):
        # Arithmetic on sizes, and picking from several results.
        return True
    values = [source.meta.get("val") for source in (node, *node.all_input_nodes)]
    tensors = [leaf for leaf in pytree.tree_leaves(values) if isinstance(leaf, Tensor)]
    return str(node.target) in _OPERATIONS and all(t.dtype in _DTYPES for t in tensors)
