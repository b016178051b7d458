# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What helps when a compilation goes wrong: dumps and reproducers."""
