// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations and attributes of the `tw` dialect.
#ifndef TILEWRIGHT_DIALECTS_TW_TW_H
#define TILEWRIGHT_DIALECTS_TW_TW_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/VectorInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace tw {
/// Whether the call has failed, and its message: what tw.assert writes.
struct FailureResource : mlir::SideEffects::Resource::Base<FailureResource> {
  llvm::StringRef getName() final { return "tw.failure"; }
};
} // namespace tw

#include "dialects/Tw/TwDialect.h.inc"
#include "dialects/Tw/TwEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Tw/TwAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Tw/TwOps.h.inc"

namespace tw {

/// Function argument attributes; see the dialect's description.
inline constexpr llvm::StringLiteral kInputAttr = "tw.input";
inline constexpr llvm::StringLiteral kWeightAttr = "tw.weight";
inline constexpr llvm::StringLiteral kPreparedAttr = "tw.prepared";
/// Attribute of an operation inside a parallel loop: the schedule of that operation.
inline constexpr llvm::StringLiteral kScheduleAttr = "tw.schedule";
/// Argument attribute: the result (i64) that is written there.
inline constexpr llvm::StringLiteral kResultAttr = "tw.result";
/// Function attribute: the types of the arguments after the context, before they became pointers.
inline constexpr llvm::StringLiteral kArgumentsAttr = "tw.arguments";
/// Function attributes (i64): bytes of the arena, and of each worker's scratch.
inline constexpr llvm::StringLiteral kArenaBytesAttr = "tw.arena_bytes";
inline constexpr llvm::StringLiteral kScratchBytesAttr = "tw.scratch_bytes";
/// Module attribute that holds a TargetAttr.
inline constexpr llvm::StringLiteral kTargetAttr = "tw.target";

} // namespace tw

#endif // TILEWRIGHT_DIALECTS_TW_TW_H
