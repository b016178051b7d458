// RUN: tw-opt %s -pass-pipeline="builtin.module(func.func(tw-separate-empty-tensors))" | FileCheck %s

// CHECK-LABEL: func.func @two_results
// CHECK: %[[A:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: linalg.exp {{.*}} outs(%[[A]]
// CHECK: %[[B:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: linalg.log {{.*}} outs(%[[B]]
func.func @two_results(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %a = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.log ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %a, %b : tensor<8xf32>, tensor<8xf32>
}

// The slice of nothing is nothing: then it can become a slice of where the result goes.
// CHECK-LABEL: func.func @slice_of_dynamic_size
// CHECK-SAME: %[[N:[a-z0-9]+]]: index
// CHECK-NOT: tensor.extract_slice
// CHECK: tensor.empty(%[[N]]) : tensor<?xf32>
func.func @slice_of_dynamic_size(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %s = tensor.extract_slice %e[0] [%n] [1] : tensor<64xf32> to tensor<?xf32>
  %a = linalg.exp ins(%x : tensor<?xf32>) outs(%s : tensor<?xf32>) -> tensor<?xf32>
  return %a : tensor<?xf32>
}

// What is put back where it was taken from has one place, which is not that of another result.
// CHECK-LABEL: func.func @part_put_back
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[S:.*]] = tensor.extract_slice %[[E]][0] [6] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: tensor.insert_slice %[[A]] into %[[E]][0] [6] [1]
// CHECK: %[[F:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: linalg.log {{.*}} outs(%[[F]]
func.func @part_put_back(%x: tensor<6xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %s = tensor.extract_slice %e[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
  %a = linalg.exp ins(%x : tensor<6xf32>) outs(%s : tensor<6xf32>) -> tensor<6xf32>
  %p = tensor.insert_slice %a into %e[0] [6] [1] : tensor<6xf32> into tensor<8xf32>
  %b = linalg.log ins(%y : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %p, %b : tensor<8xf32>, tensor<8xf32>
}

// Two loops with equal parts, which share a tensor after common subexpression elimination: each part
// goes with the insertion behind it. Once the tensor of one was behind the use of the other.
// CHECK-LABEL: func.func @parts_in_two_loops
// CHECK: scf.for
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: tensor.extract_slice %[[E]][0] [6] [1]
// CHECK: tensor.insert_slice %{{.*}} into %[[E]][0] [6] [1]
// CHECK: scf.for
// CHECK: %[[F:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: tensor.extract_slice %[[F]][0] [6] [1]
// CHECK: tensor.insert_slice %{{.*}} into %[[F]][0] [6] [1]
func.func @parts_in_two_loops(%x: tensor<6xf32>, %y: tensor<8xf32>, %n: index) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %y) -> (tensor<8xf32>) {
    %s = tensor.extract_slice %e[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
    %b = linalg.exp ins(%x : tensor<6xf32>) outs(%s : tensor<6xf32>) -> tensor<6xf32>
    %p = tensor.insert_slice %b into %e[0] [6] [1] : tensor<6xf32> into tensor<8xf32>
    scf.yield %p : tensor<8xf32>
  }
  %t = scf.for %i = %c0 to %n step %c1 iter_args(%a = %y) -> (tensor<8xf32>) {
    %s = tensor.extract_slice %e[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
    %b = linalg.log ins(%x : tensor<6xf32>) outs(%s : tensor<6xf32>) -> tensor<6xf32>
    %p = tensor.insert_slice %b into %e[0] [6] [1] : tensor<6xf32> into tensor<8xf32>
    scf.yield %p : tensor<8xf32>
  }
  return %r, %t : tensor<8xf32>, tensor<8xf32>
}

// Parts of two results that are computed one by one, whose slices have become one.
// CHECK-LABEL: func.func @equal_parts_of_two_results
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[S:.*]] = tensor.extract_slice %[[E]][0] [6] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: tensor.insert_slice %[[A]] into %[[E]][0] [6] [1]
// CHECK: %[[F:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[T:.*]] = tensor.extract_slice %[[F]][0] [6] [1]
// CHECK: %[[B:.*]] = linalg.log {{.*}} outs(%[[T]]
// CHECK: tensor.insert_slice %[[B]] into %[[F]][0] [6] [1]
func.func @equal_parts_of_two_results(%x: tensor<6xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %s = tensor.extract_slice %e[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
  %a = linalg.exp ins(%x : tensor<6xf32>) outs(%s : tensor<6xf32>) -> tensor<6xf32>
  %p = tensor.insert_slice %a into %e[0] [6] [1] : tensor<6xf32> into tensor<8xf32>
  %b = linalg.log ins(%x : tensor<6xf32>) outs(%s : tensor<6xf32>) -> tensor<6xf32>
  %q = tensor.insert_slice %b into %e[0] [6] [1] : tensor<6xf32> into tensor<8xf32>
  return %p, %q : tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @no_separation_of_contents
// CHECK-COUNT-1: linalg.fill
// CHECK-NOT: linalg.fill
func.func @no_separation_of_contents(%v: f32) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%v : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %a = linalg.exp ins(%f : tensor<8xf32>) outs(%f : tensor<8xf32>) -> tensor<8xf32>
  return %f, %a : tensor<8xf32>, tensor<8xf32>
}
