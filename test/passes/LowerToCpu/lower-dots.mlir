// RUN: tw-opt %s -tw-lower-dots -split-input-file -verify-diagnostics | FileCheck %s
// No dynamic-shape case: vectors have static shapes, and the pass looks at nothing else.

// Two multiply-adds of the halves of the words: what every processor has.
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2>} {
// CHECK-LABEL: func.func @multiply_adds(
// CHECK-SAME:    %[[A:.+]]: vector<16xi32>, %[[B:.+]]: vector<16xi32>, %[[C:.+]]: vector<16xf32>)
// CHECK-NOT:   llvm.call_intrinsic
// CHECK-DAG:   %[[AL:.+]] = arith.shli %[[A]], %{{.*}} : vector<16xi32>
// CHECK-DAG:   %[[B_LOW:.+]] = arith.shli %[[B]], %{{.*}} : vector<16xi32>
// CHECK-DAG:   %[[AF:.+]] = arith.bitcast %[[AL]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:   %[[BF:.+]] = arith.bitcast %[[B_LOW]] : vector<16xi32> to vector<16xf32>
// CHECK:       %[[FIRST:.+]] = math.fma %[[AF]], %[[BF]], %[[C]] : vector<16xf32>
// CHECK-DAG:   arith.constant dense<-65536> : vector<16xi32>
// CHECK-DAG:   %[[AU:.+]] = arith.andi %[[A]], %{{.*}} : vector<16xi32>
// CHECK-DAG:   %[[B_HIGH:.+]] = arith.andi %[[B]], %{{.*}} : vector<16xi32>
// CHECK-DAG:   %[[AG:.+]] = arith.bitcast %[[AU]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:   %[[BG:.+]] = arith.bitcast %[[B_HIGH]] : vector<16xi32> to vector<16xf32>
// CHECK:       %[[SECOND:.+]] = math.fma %[[AG]], %[[BG]], %[[FIRST]] : vector<16xf32>
// CHECK:       return %[[SECOND]]
func.func @multiply_adds(%a: vector<16xi32>, %b: vector<16xi32>, %c: vector<16xf32>) -> vector<16xf32> {
  %r = tw.bf16_dot %a, %b, %c : vector<16xi32>, vector<16xf32>
  return %r : vector<16xf32>
}
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "vdpbf16ps">} {
// One register.
// CHECK-LABEL: func.func @sixteen_lanes(
// CHECK-SAME:    %[[A:.+]]: vector<16xi32>, %[[B:.+]]: vector<16xi32>, %[[C:.+]]: vector<16xf32>)
// CHECK-DAG:   %[[AN:.+]] = vector.bitcast %[[A]] : vector<16xi32> to vector<32xbf16>
// CHECK-DAG:   %[[BN:.+]] = vector.bitcast %[[B]] : vector<16xi32> to vector<32xbf16>
// CHECK:       %[[R:.+]] = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[C]], %[[AN]], %[[BN]])
// CHECK-NEXT:  return %[[R]]
func.func @sixteen_lanes(%a: vector<16xi32>, %b: vector<16xi32>, %c: vector<16xf32>) -> vector<16xf32> {
  %r = tw.bf16_dot %a, %b, %c : vector<16xi32>, vector<16xf32>
  return %r : vector<16xf32>
}

// Half a register, and a quarter.
// CHECK-LABEL: func.func @eight_and_four_lanes(
// CHECK:       llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.256"({{.*}}) : (vector<8xf32>, vector<16xbf16>, vector<16xbf16>) -> vector<8xf32>
// CHECK:       llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.128"({{.*}}) : (vector<4xf32>, vector<8xbf16>, vector<8xbf16>) -> vector<4xf32>
func.func @eight_and_four_lanes(%a: vector<8xi32>, %c: vector<8xf32>, %b: vector<4xi32>, %d: vector<4xf32>) -> (vector<8xf32>, vector<4xf32>) {
  %r = tw.bf16_dot %a, %a, %c : vector<8xi32>, vector<8xf32>
  %s = tw.bf16_dot %b, %b, %d : vector<4xi32>, vector<4xf32>
  return %r, %s : vector<8xf32>, vector<4xf32>
}

// Wider than a register: one instruction for each part, put together in order.
// CHECK-LABEL: func.func @two_registers(
// CHECK-SAME:    %[[A:.+]]: vector<32xi32>, %[[B:.+]]: vector<32xi32>, %[[C:.+]]: vector<32xf32>)
// CHECK-DAG:   %[[A0:.+]] = vector.extract_strided_slice %[[A]] {offsets = [0], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[B0:.+]] = vector.extract_strided_slice %[[B]] {offsets = [0], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[C0:.+]] = vector.extract_strided_slice %[[C]] {offsets = [0], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[AN0:.+]] = vector.bitcast %[[A0]] : vector<16xi32> to vector<32xbf16>
// CHECK-DAG:   %[[BN0:.+]] = vector.bitcast %[[B0]] : vector<16xi32> to vector<32xbf16>
// CHECK:       %[[R0:.+]] = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[C0]], %[[AN0]], %[[BN0]])
// CHECK-NEXT:  %[[HALF:.+]] = vector.insert_strided_slice %[[R0]], %[[C]] {offsets = [0], strides = [1]}
// CHECK-DAG:   %[[A1:.+]] = vector.extract_strided_slice %[[A]] {offsets = [16], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[B1:.+]] = vector.extract_strided_slice %[[B]] {offsets = [16], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[C1:.+]] = vector.extract_strided_slice %[[C]] {offsets = [16], sizes = [16], strides = [1]}
// CHECK-DAG:   %[[AN1:.+]] = vector.bitcast %[[A1]] : vector<16xi32> to vector<32xbf16>
// CHECK-DAG:   %[[BN1:.+]] = vector.bitcast %[[B1]] : vector<16xi32> to vector<32xbf16>
// CHECK:       %[[R1:.+]] = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[C1]], %[[AN1]], %[[BN1]])
// CHECK-NEXT:  %[[WHOLE:.+]] = vector.insert_strided_slice %[[R1]], %[[HALF]] {offsets = [16], strides = [1]}
// CHECK-NEXT:  return %[[WHOLE]]
func.func @two_registers(%a: vector<32xi32>, %b: vector<32xi32>, %c: vector<32xf32>) -> vector<32xf32> {
  %r = tw.bf16_dot %a, %b, %c : vector<32xi32>, vector<32xf32>
  return %r : vector<32xf32>
}

// The widest instruction that divides the lanes.
// CHECK-LABEL: func.func @twenty_four_lanes(
// CHECK-COUNT-3: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.256"
// CHECK-NOT:   llvm.call_intrinsic
func.func @twenty_four_lanes(%a: vector<24xi32>, %c: vector<24xf32>) -> vector<24xf32> {
  %r = tw.bf16_dot %a, %a, %c : vector<24xi32>, vector<24xf32>
  return %r : vector<24xf32>
}

// Fewer lanes than the instruction has.
// CHECK-LABEL: func.func @one_lane(
// CHECK-SAME:    %[[A:.+]]: vector<1xi32>, %[[C:.+]]: vector<1xf32>)
// CHECK-DAG:   %[[AP:.+]] = vector.insert_strided_slice %[[A]], %{{.+}} {offsets = [0], strides = [1]} : vector<1xi32> into vector<4xi32>
// CHECK-DAG:   %[[CP:.+]] = vector.insert_strided_slice %[[C]], %{{.+}} {offsets = [0], strides = [1]} : vector<1xf32> into vector<4xf32>
// CHECK-DAG:   %[[AN:.+]] = vector.bitcast %[[AP]] : vector<4xi32> to vector<8xbf16>
// CHECK:       %[[R:.+]] = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.128"(%[[CP]], %[[AN]], %{{.+}})
// CHECK:       vector.extract_strided_slice %[[R]] {offsets = [0], sizes = [1], strides = [1]} : vector<4xf32> to vector<1xf32>
func.func @one_lane(%a: vector<1xi32>, %c: vector<1xf32>) -> vector<1xf32> {
  %r = tw.bf16_dot %a, %a, %c : vector<1xi32>, vector<1xf32>
  return %r : vector<1xf32>
}

// Four lanes, and two more.
// CHECK-LABEL: func.func @six_lanes(
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.128"
// CHECK:       vector.extract_strided_slice %{{.+}} {offsets = [0], sizes = [2], strides = [1]} : vector<4xf32> to vector<2xf32>
// CHECK:       vector.insert_strided_slice %{{.+}}, %{{.+}} {offsets = [4], strides = [1]} : vector<2xf32> into vector<6xf32>
func.func @six_lanes(%a: vector<6xi32>, %c: vector<6xf32>) -> vector<6xf32> {
  %r = tw.bf16_dot %a, %a, %c : vector<6xi32>, vector<6xf32>
  return %r : vector<6xf32>
}

// Single numbers, and vectors of several dimensions.
// CHECK-LABEL: func.func @no_instruction(
// CHECK-NOT:   llvm.call_intrinsic
// CHECK-COUNT-2: math.fma %{{.*}} : f32
// CHECK-COUNT-2: math.fma %{{.*}} : vector<2x16xf32>
// CHECK-NOT:   llvm.call_intrinsic
func.func @no_instruction(%b: i32, %d: f32, %e: vector<2x16xi32>, %f: vector<2x16xf32>) -> (f32, vector<2x16xf32>) {
  %1 = tw.bf16_dot %b, %b, %d : i32, f32
  %2 = tw.bf16_dot %e, %e, %f : vector<2x16xi32>, vector<2x16xf32>
  return %1, %2 : f32, vector<2x16xf32>
}
}

// -----

// What is no tile of AMX is multiplied in f32, which its processors do faster than by vdpbf16ps.
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "amx">} {
// CHECK-LABEL: func.func @no_vdpbf16ps_with_amx(
// CHECK-NOT:   llvm.call_intrinsic
// CHECK-COUNT-2: math.fma %{{.*}} : vector<16xf32>
// CHECK-NOT:   llvm.call_intrinsic
func.func @no_vdpbf16ps_with_amx(%a: vector<16xi32>, %c: vector<16xf32>) -> vector<16xf32> {
  %r = tw.bf16_dot %a, %a, %c : vector<16xi32>, vector<16xf32>
  return %r : vector<16xf32>
}
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute; run tw-attach-target or the input phase first}}
module {
  func.func @no_target(%a: i32, %c: f32) -> f32 {
    %r = tw.bf16_dot %a, %a, %c : i32, f32
    return %r : f32
  }
}
