// RUN: tw-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @assert
// CHECK-NEXT: tw.assert %{{.*}}, "stays"
// CHECK-NEXT: return
func.func @assert(%ok: i1) {
  %true = arith.constant true
  tw.assert %true, "goes"
  tw.assert %ok, "stays"
  return
}
