// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

/// What is not as in any processor, in any order: `, bf16_dot = "amx", scalef = true`.
static ParseResult parseInstructions(AsmParser &parser, std::string &bf16Dot, bool &scalef) {
  bf16Dot = "fma";
  scalef = false;
  while (succeeded(parser.parseOptionalComma())) {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword) || parser.parseEqual())
      return failure();
    if (keyword == "bf16_dot") {
      if (parser.parseString(&bf16Dot))
        return failure();
    } else if (keyword == "scalef") {
      FailureOr<bool> value = FieldParser<bool>::parse(parser);
      if (failed(value))
        return failure();
      scalef = *value;
    } else {
      return parser.emitError(loc) << "expected bf16_dot or scalef";
    }
  }
  return success();
}

static void printInstructions(AsmPrinter &printer, StringRef bf16Dot, bool scalef) {
  if (bf16Dot != "fma")
    printer << ", bf16_dot = \"" << bf16Dot << "\"";
  if (scalef)
    printer << ", scalef = true";
}

#define GET_ATTRDEF_CLASSES
#include "dialects/Tw/TwAttrs.cpp.inc"

void tw::TwDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tw/TwAttrs.cpp.inc"
      >();
}

namespace {

ParseResult parseSizes(AsmParser &parser, SmallVectorImpl<int64_t> &sizes) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                        [&] { return parser.parseInteger(sizes.emplace_back()); });
}

} // namespace

// Written by hand and not as `struct(params)`: that form cannot print a list of integers in
// brackets, and the schedule has to be pleasant to edit.
Attribute tw::ScheduleAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> distribute, registers, reduction;
  int64_t lanes = 0;
  auto parseField = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return failure();
    if (name == "distribute")
      return parseSizes(parser, distribute);
    if (name == "registers")
      return parseSizes(parser, registers);
    if (name == "reduction")
      return parseSizes(parser, reduction);
    if (name == "lanes")
      return parser.parseInteger(lanes);
    return parser.emitError(loc) << "unknown schedule field '" << name
                                 << "'; expected distribute, registers, reduction or lanes";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseField))
    return {};
  return parser.getChecked<ScheduleAttr>(parser.getContext(), distribute, registers, reduction,
                                         lanes);
}

void tw::ScheduleAttr::print(AsmPrinter &printer) const {
  bool first = true;
  auto separate = [&] {
    if (!first)
      printer << ", ";
    first = false;
  };
  auto printSizes = [&](StringRef name, ArrayRef<int64_t> sizes) {
    if (sizes.empty())
      return;
    separate();
    printer << name << " = [" << sizes << "]";
  };
  printer << "<";
  printSizes("distribute", getDistribute());
  printSizes("registers", getRegisters());
  printSizes("reduction", getReduction());
  if (getLanes()) {
    separate();
    printer << "lanes = " << getLanes();
  }
  printer << ">";
}

LogicalResult tw::TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef,
                                     int64_t, int64_t, int64_t, int64_t, StringRef bf16Dot, bool) {
  if (bf16Dot != "fma" && bf16Dot != "vdpbf16ps" && bf16Dot != "amx")
    return emitError() << "bf16_dot is fma, vdpbf16ps or amx, got '" << bf16Dot << "'";
  return success();
}

LogicalResult tw::ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                       ArrayRef<int64_t> distribute, ArrayRef<int64_t> registers,
                                       ArrayRef<int64_t> reduction, int64_t lanes) {
  for (ArrayRef<int64_t> sizes : {distribute, registers, reduction})
    for (int64_t size : sizes)
      if (size < 0)
        return emitError() << "tile sizes must be 0 (whole) or positive, got " << size;
  if (lanes < 0)
    return emitError() << "lanes must not be negative, got " << lanes;
  if (!distribute.empty() && !registers.empty() && distribute.size() != registers.size())
    return emitError() << "distribute has " << distribute.size() << " sizes and registers has "
                       << registers.size() << "; both count the dimensions of the group's result";
  return success();
}
