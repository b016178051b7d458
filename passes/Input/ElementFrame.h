// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a computation element by element, whatever operations it is spread over.
#ifndef TILEWRIGHT_PASSES_INPUT_ELEMENTFRAME_H
#define TILEWRIGHT_PASSES_INPUT_ELEMENTFRAME_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinTypes.h"
#include <optional>

namespace tw {

/// A scalar as a function of the coordinates of a frame: an element of a tensor (`map` gives its
/// position), a value in the body of a linalg operation (`map` gives the iteration), or a scalar
/// outside any (`map` has no meaning).
struct Element {
  mlir::Value value;
  mlir::AffineMap map;
};

/// The coordinates in which a computation is read: those of one tensor, or of the iterations of
/// one linalg operation.
///
/// An idiom such as softmax arrives as a chain of elementwise operations and reductions, and what
/// is one operation in one model is three in the next: fused bodies or separate ones, broadcasts
/// by indexing map or by reshapes, with or without conversions. A frame hides that: it follows
/// an element through unit-dimension reshapes, casts, transposes, broadcasts and the bodies of
/// elementwise operations, so that a pattern is written on scalars as in the textbook.
///
/// Coordinates along dimensions of static size 1 are taken to be 0 throughout, so that equal
/// elements have equal maps.
class ElementFrame {
public:
  ElementFrame(llvm::ArrayRef<int64_t> sizes, mlir::MLIRContext *context);

  llvm::ArrayRef<int64_t> getSizes() const { return sizes; }
  /// The dimensions that are not statically 1.
  llvm::SmallVector<int64_t> getDims() const;

  /// The frame's own element of `value`: a tensor of the frame's sizes, or a value in the body
  /// of the operation whose iterations the frame is.
  Element element(mlir::Value value) const;

  /// `e` behind all that only moves or widens it: reshapes that split dimensions or remove those of
  /// size 1, transposes, broadcasts, copies, casts, `arith.extf`, and with true.
  Element strip(Element e) const;

  /// The scalar operation that computes `e` and its operands, or null.
  mlir::Operation *definition(Element e, llvm::SmallVectorImpl<Element> &operands) const;

  /// The operands of the `OpTy` that computes `e`, if one does.
  template <typename... OpTy> std::optional<llvm::SmallVector<Element, 3>> match(Element e) const {
    llvm::SmallVector<Element, 3> operands;
    mlir::Operation *op = definition(e, operands);
    if (!op || !mlir::isa<OpTy...>(op))
      return std::nullopt;
    return operands;
  }

  /// As `match`, for both orders of two operands: true if `accept(a, b)` or `accept(b, a)` is.
  template <typename OpTy>
  bool matchCommutative(Element e, llvm::function_ref<bool(Element, Element)> accept) const {
    auto operands = match<OpTy>(e);
    return operands &&
           (accept((*operands)[0], (*operands)[1]) || accept((*operands)[1], (*operands)[0]));
  }

  /// Whether both are the same value at every point of the frame. May miss, never errs.
  bool same(Element a, Element b) const;

  /// The value of an element that is the same constant everywhere (floats and integers).
  std::optional<double> constant(Element e) const;

  /// The integer or index `e` as an expression in the frame's coordinates, if it is one: positions
  /// as `linalg.index` gives them, shifted by constants.
  std::optional<mlir::AffineExpr> position(Element e) const;

  /// The dimension of the frame along which `e` is the position, if it is one.
  std::optional<int64_t> positionDim(Element e) const;

  /// `e` behind `arith.truncf` too, for intermediate values whose rounding does not matter.
  Element stripRounding(Element e) const;

  enum class Combiner { Add, Max, And, Or };
  struct Reduction {
    Combiner combiner;
    /// What is reduced; its reduced coordinates are the frame's dimensions `dims`.
    Element input;
    Element init;
    llvm::SmallVector<int64_t> dims;
  };
  /// Reads `e` as a reduction along the dimensions `dims` of the frame; if none are given, along
  /// those that the result does not depend on: the form `x - max(x)` and the like have.
  std::optional<Reduction> reduction(Element e, llvm::ArrayRef<int64_t> dims = {}) const;

  /// The tensor that holds `e`, found behind views if need be, provided that it is indexed by
  /// dimensions out of `dims`, each at most once and in this order. With `allowBroadcast` some may
  /// be missing, and the tensor is the furthest such: the one before it was broadcast.
  std::optional<Element> findTensor(Element e, llvm::ArrayRef<int64_t> dims,
                                    bool allowBroadcast = false) const;

  /// Reshapes a result of findTensor to one dimension for each of `dims`, of size 1 where the
  /// tensor does not depend on it.
  mlir::Value reshape(mlir::OpBuilder &builder, mlir::Location loc, Element tensor,
                      llvm::ArrayRef<int64_t> dims) const;

private:
  std::optional<Element> stepThroughView(Element e, bool throughWidening) const;
  std::optional<Element> enterBody(Element e) const;
  Element atUnitsZero(Element e) const;

  llvm::SmallVector<int64_t> sizes;
  mlir::MLIRContext *context;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ELEMENTFRAME_H
