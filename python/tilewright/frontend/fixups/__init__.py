# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rewrites of the traced graph that answer gaps in torch.export and torch-mlir.

Each is one function whose docstring names the upstream issue. A new one is added to :data:`FIXUPS`
and gets a test of its own in ``test/python/frontend/``.
"""

from __future__ import annotations

from collections.abc import Callable

from tilewright.frontend.fixups.assertions import drop_assertions
from tilewright.frontend.fixups.attention import expand_attention
from tilewright.frontend.fixups.constants import fold_constants, lift_attributes
from tilewright.frontend.fixups.lookups import index_strided_views, slice_embeddings
from tilewright.frontend.fixups.scalars import wrap_small_scalars
from tilewright.frontend.fixups.views import replace_empty_views, split_dynamic_views
from tilewright.frontend.fixups.weights import merge_tied_weights
from tilewright.frontend.program import Program

# In order: all literals must be arguments before anything asks for constant values, attention must
# see how its mask was computed, and folding comes when nobody asks any more.
FIXUPS: tuple[Callable[[Program], None], ...] = (
    drop_assertions,
    index_strided_views,
    lift_attributes,
    expand_attention,
    slice_embeddings,
    fold_constants,
    wrap_small_scalars,
    replace_empty_views,
    split_dynamic_views,
    merge_tied_weights,
)
