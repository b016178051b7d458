# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tilewright: an AI compiler on MLIR."""
