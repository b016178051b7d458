# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the time of a call goes, and how far that is from what the machine can do."""

from tilewright.profiling.ceilings import Ceilings, measure_ceilings
from tilewright.profiling.profile import GroupProfile, Profile

__all__ = ["Ceilings", "GroupProfile", "Profile", "measure_ceilings"]
