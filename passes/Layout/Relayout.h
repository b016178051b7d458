// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computing an operation in another layout: on permuted operands, into permuted results.
#ifndef TILEWRIGHT_PASSES_LAYOUT_RELAYOUT_H
#define TILEWRIGHT_PASSES_LAYOUT_RELAYOUT_H

#include "mlir/IR/PatternMatch.h"
#include "passes/Layout/Transposes.h"

namespace tw {

/// How an operation is computed in another layout: source i is read as its transpose by
/// sources[i], and what is computed are the results transposed by results[i]. An empty permutation
/// leaves a source (a scalar, a size) as it is.
struct Relayout {
  mlir::SmallVector<Permutation> sources;
  mlir::SmallVector<Permutation> results;
  /// Of a linalg.generic: new loop i is old loop loops[i].
  Permutation loops;
};

/// What the operation reads: its operands, then, for a linalg.generic, the tensors outside that a
/// tensor.extract in its body reads.
mlir::SmallVector<mlir::Value> getSources(mlir::Operation *op);

/// False for a destination whose values are overwritten, never read.
bool readsSource(mlir::Operation *op, unsigned source);

/// The layout that `op` has when the given source is read transposed by `perm`. Fails when `op`
/// cannot be computed in another layout, or not in one that follows from this.
mlir::FailureOr<Relayout> relayoutFromSource(mlir::Operation *op, unsigned source,
                                             llvm::ArrayRef<int64_t> perm);

/// The layout in which `op` computes its first result transposed by `perm`. Fails likewise.
mlir::FailureOr<Relayout> relayoutFromResult(mlir::Operation *op, llvm::ArrayRef<int64_t> perm);

/// Whether `op`, which reads `source`, can be computed in the layouts that it may have.
bool followsLayout(mlir::Operation *op, mlir::Value source);

/// `op` in another layout, on sources that are transposed already, at the builder's insertion
/// point. `op` is left for the caller to replace.
mlir::Operation *createRelayouted(mlir::OpBuilder &builder, mlir::Operation *op,
                                  const Relayout &relayout, llvm::ArrayRef<mlir::Value> sources);

// One family of operations each; fail on any other.
mlir::FailureOr<Relayout> relayoutGenericFromSource(mlir::linalg::GenericOp op, unsigned source,
                                                    llvm::ArrayRef<int64_t> perm);
mlir::FailureOr<Relayout> relayoutGenericFromResult(mlir::linalg::GenericOp op,
                                                    llvm::ArrayRef<int64_t> perm);
mlir::Operation *createRelayoutedGeneric(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                                         const Relayout &relayout,
                                         llvm::ArrayRef<mlir::Value> sources);
mlir::FailureOr<Relayout> relayoutTensorOpFromSource(mlir::Operation *op, unsigned source,
                                                     llvm::ArrayRef<int64_t> perm);
mlir::FailureOr<Relayout> relayoutTensorOpFromResult(mlir::Operation *op,
                                                     llvm::ArrayRef<int64_t> perm);
mlir::Operation *createRelayoutedTensorOp(mlir::OpBuilder &builder, mlir::Operation *op,
                                          const Relayout &relayout,
                                          llvm::ArrayRef<mlir::Value> sources);

/// Layouts of named operations are the same from a source and from the result.
mlir::FailureOr<Relayout> relayoutNamedOp(mlir::Operation *op, llvm::ArrayRef<int64_t> perm);
mlir::Operation *createRelayoutedNamedOp(mlir::OpBuilder &builder, mlir::Operation *op,
                                         const Relayout &relayout,
                                         llvm::ArrayRef<mlir::Value> sources);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LAYOUT_RELAYOUT_H
