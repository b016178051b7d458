# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All cases, by what they are about."""

from __future__ import annotations

from collections.abc import Iterator

import arithmetic
import attention
import blocks
import contractions
import convolutions
import data_movement
import dynamic
import hugging_face
import normalization
import recurrent
import reductions
import vision
import windows
from case import Case

_TOPICS = (
    contractions,
    convolutions,
    windows,
    normalization,
    reductions,
    arithmetic,
    data_movement,
    attention,
    recurrent,
    dynamic,
    vision,
    blocks,
    hugging_face,
)


def cases() -> Iterator[Case]:
    for topic in _TOPICS:
        prefix = topic.__name__.replace("_", "-")
        for case in topic.cases():
            yield Case(**{**case.__dict__, "name": f"{prefix}/{case.name}"})
