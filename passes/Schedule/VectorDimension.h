// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Along which loop of a structured operation vectors run.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_VECTORDIMENSION_H
#define TILEWRIGHT_PASSES_SCHEDULE_VECTORDIMENSION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

struct VectorDimension {
  unsigned loop;
  /// The loop is a reduction whose lanes are partial results (a row sum, a dot product).
  bool isReduction;
};

/// The innermost dimension of the result when some input is contiguous along it (in a reduction, an
/// input that varies in its loops), otherwise a
/// reduction loop along which the inputs are contiguous, otherwise the innermost dimension of the
/// result again (its inputs are gathered or broadcast). Nothing for a result of rank 0 without
/// a contiguous reduction.
std::optional<VectorDimension> getVectorDimension(mlir::linalg::LinalgOp op);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_VECTORDIMENSION_H
