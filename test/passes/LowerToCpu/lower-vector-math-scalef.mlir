// RUN: tw-opt %s -tw-lower-vector-math -cse -split-input-file | FileCheck %s
// Powers of two on a processor with vscalefps. The bits are those of the other form:
// test/python/passes/test_vector_math.py.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, scalef = true>} {
// CHECK-LABEL: func.func @one_register
// CHECK: %[[ROUNDED:.+]] = math.fma
// CHECK: %[[N:.+]] = arith.subf %[[ROUNDED]], %{{.+}} : vector<16xf32>
// CHECK: %[[Y:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%[[P:.+]], %[[N]], %[[P]], %{{.+}}, %{{.+}}) : (vector<16xf32>, vector<16xf32>, vector<16xf32>, i16, i32) -> vector<16xf32>
// CHECK: return %[[Y]]
func.func @one_register(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @two_registers
// CHECK: vector.shuffle %[[P:.+]], %[[P]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: %[[LOW:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: vector.shuffle %[[P]], %[[P]] [16, 17, 18
// CHECK: %[[HIGH:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: vector.shuffle %[[LOW]], %[[HIGH]] [0, 1, 2
func.func @two_registers(%x: vector<32xf32>) -> vector<32xf32> {
  %y = math.exp2 %x : vector<32xf32>
  return %y : vector<32xf32>
}

// CHECK-LABEL: func.func @no_part_of_a_register
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.shli %{{.+}} : vector<8xi32>
func.func @no_part_of_a_register(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.exp %x : vector<8xf32>
  return %y : vector<8xf32>
}

// CHECK-LABEL: func.func @no_scalar
// CHECK-NOT: llvm.call_intrinsic
func.func @no_scalar(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}
}

// -----

// CHECK-LABEL: func.func @no_such_processor
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.shli %{{.+}} : vector<16xi32>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @no_such_processor(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}
}
