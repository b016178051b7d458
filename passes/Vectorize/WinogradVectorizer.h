// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vector code for the transforms of Winograd's minimal filtering.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_WINOGRADVECTORIZER_H
#define TILEWRIGHT_PASSES_VECTORIZE_WINOGRADVECTORIZER_H

#include "dialects/Tw/Tw.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Replaces `op`, a transform on a register tile, by straight vector code with lanes along the
/// channels. Fails, and leaves the operation alone, where the tile has a dynamic size or is too
/// large; `reason` says so.
mlir::LogicalResult vectorizeWinograd(mlir::IRRewriter &rewriter, WinogradInputOp op,
                                      TileReader &reader, llvm::StringRef &reason);
mlir::LogicalResult vectorizeWinograd(mlir::IRRewriter &rewriter, WinogradOutputOp op,
                                      TileReader &reader, llvm::StringRef &reason);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_WINOGRADVECTORIZER_H
