// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers that tensors hold and computations compare positions with: where a token stands.
#ifndef TILEWRIGHT_PASSES_INPUT_INDEXELEMENT_H
#define TILEWRIGHT_PASSES_INPUT_INDEXELEMENT_H

#include "passes/Input/ElementFrame.h"

namespace tw {

/// The element of an integer tensor that `e` is at every point of the frame; nothing if it differs
/// between them.
std::optional<Element> findIndex(const ElementFrame &frame, Element e);

/// Reads a result of findIndex as an index.
mlir::Value buildIndex(mlir::OpBuilder &builder, mlir::Location loc, Element element);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_INDEXELEMENT_H
