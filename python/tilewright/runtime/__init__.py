# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running compiled modules: no IR is made here."""
