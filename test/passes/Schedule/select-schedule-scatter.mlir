// RUN: tw-opt %s -tw-select-schedule | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// Long rows: eight tasks look at all indices, and write an eighth of the places each.
// CHECK-LABEL: @rows
// CHECK: tw.group schedule(<distribute = [125, 0], lanes = 16>)
func.func @rows(%x: tensor<5000x64xf32>, %i: tensor<5000x1xi64>, %e: tensor<1000x64xf32>) -> tensor<1000x64xf32> {
  %r = tw.group -> tensor<1000x64xf32> {
    %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<5000x64xf32>, tensor<5000x1xi64>) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
    tw.yield %0 : tensor<1000x64xf32>
  }
  return %r : tensor<1000x64xf32>
}

// Places that are counted in the call: columns are divided, in whole vectors.
// CHECK-LABEL: @dynamic_places
// CHECK: tw.group schedule(<distribute = [0, 64], lanes = 16>)
func.func @dynamic_places(%x: tensor<5000x512xf32>, %i: tensor<5000x1xi64>, %e: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %r = tw.group -> tensor<?x512xf32> {
    %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<5000x512xf32>, tensor<5000x1xi64>) outs(%e : tensor<?x512xf32>) -> tensor<?x512xf32>
    tw.yield %0 : tensor<?x512xf32>
  }
  return %r : tensor<?x512xf32>
}

// Each of the batch has places of its own.
// CHECK-LABEL: @batch
// CHECK: tw.group schedule(<distribute = [8, 0], lanes = 16>)
func.func @batch(%x: tensor<64x5000xf32>, %i: tensor<64x5000xi64>, %e: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %r = tw.group -> tensor<64x100xf32> {
    %0 = tw.scatter dimension(1) combine(add) ins(%x, %i : tensor<64x5000xf32>, tensor<64x5000xi64>) outs(%e : tensor<64x100xf32>) -> tensor<64x100xf32>
    tw.yield %0 : tensor<64x100xf32>
  }
  return %r : tensor<64x100xf32>
}

// Looking at an index takes as long as what it names.
// CHECK-LABEL: @no_places_of_single_elements
// CHECK: tw.group schedule(<distribute = [0], lanes = 16>)
func.func @no_places_of_single_elements(%x: tensor<50000xf32>, %i: tensor<50000xi64>, %e: tensor<1000xf32>) -> tensor<1000xf32> {
  %r = tw.group -> tensor<1000xf32> {
    %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<50000xf32>, tensor<50000xi64>) outs(%e : tensor<1000xf32>) -> tensor<1000xf32>
    tw.yield %0 : tensor<1000xf32>
  }
  return %r : tensor<1000xf32>
}

// CHECK-LABEL: @no_tasks_for_little
// CHECK: tw.group schedule(<distribute = [0, 0], lanes = 16>)
func.func @no_tasks_for_little(%x: tensor<50x64xf32>, %i: tensor<50x1xi64>, %e: tensor<1000x64xf32>) -> tensor<1000x64xf32> {
  %r = tw.group -> tensor<1000x64xf32> {
    %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<50x64xf32>, tensor<50x1xi64>) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
    tw.yield %0 : tensor<1000x64xf32>
  }
  return %r : tensor<1000x64xf32>
}
}
