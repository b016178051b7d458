// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_PANELWALKS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_PANELWALKS_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <optional>

namespace tw {

/// A part of a tensor that a task reads once for each of its row tiles, from its first element to
/// its last; the next task reads the part that follows.
struct Panel {
  mlir::memref::SubViewOp view;
  int64_t elements, bytes;
  llvm::SmallVector<mlir::OpFoldResult> number; // indices of the dimensions that number the panels

  /// Panels of the tensor.
  int64_t getCount() { return view.getSourceType().getNumElements() / elements; }
  /// Which of them it is, in the order of memory.
  mlir::OpFoldResult getNumber(mlir::OpBuilder &builder);
};

/// The panel that `view` is, or nothing and the reason.
std::optional<Panel> matchPanel(mlir::memref::SubViewOp view, mlir::scf::ForallOp tasks,
                                mlir::StringRef &reason);

/// A loop over a panel, which further loops repeat for each of their row tiles.
struct PanelWalk {
  mlir::vector::TransferReadOp read; // the first in the loop
  mlir::scf::ForOp loop;
  llvm::SmallVector<mlir::scf::ForOp> rows; // the innermost first
  int64_t before, tiles; // how often it was walked before this loop, and how often in it

  /// Which walk over the panel it is, inside the loop.
  mlir::OpFoldResult getNumber(mlir::OpBuilder &builder);
  /// Elements of the panel behind which a step reads the next ones; of vectors beside one another
  /// only the first counts, as their lines are few.
  int64_t getStepElements();
  /// Elements of the panel that it reads, if those are a block of it: if a further loop, around
  /// those over rows, goes over such blocks, as tw-block-sums leaves it.
  std::optional<int64_t> countBlock();
  /// Where in its panel the block begins.
  mlir::OpFoldResult getBlockBegin(mlir::OpBuilder &builder);
  /// Where in its panel `read` begins.
  mlir::OpFoldResult getPosition(mlir::OpBuilder &builder);
};

/// The walks of `tasks` over `panel`, in their order.
llvm::SmallVector<PanelWalk> findWalks(mlir::scf::ForallOp tasks, Panel panel);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_PANELWALKS_H
