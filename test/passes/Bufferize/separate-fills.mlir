// RUN: tw-opt %s -pass-pipeline="builtin.module(func.func(tw-separate-fills))" | FileCheck %s

// The second fill comes in front of what computes the tensor that is inserted into it.
// CHECK-LABEL: func.func @two_insertions
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: %[[A:.*]] = linalg.exp
// CHECK: tensor.insert_slice %[[A]] into %[[F]]
// CHECK: %[[G:.*]] = linalg.fill
// CHECK: %[[B:.*]] = linalg.log
// CHECK: tensor.insert_slice %[[B]] into %[[G]]
func.func @two_insertions(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %p = tensor.insert_slice %a into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %b = linalg.log ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %q = tensor.insert_slice %b into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %p, %q : tensor<6xf32>, tensor<6xf32>
}

// A fill that has become a parallel loop is one all the same.
// CHECK-LABEL: func.func @filled_by_a_loop
// CHECK: scf.forall
// CHECK: tensor.insert_slice %arg0
// CHECK: scf.forall
// CHECK: tensor.insert_slice %arg1
func.func @filled_by_a_loop(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %v = arith.constant dense<0.0> : vector<2xf32>
  %c0 = arith.constant 0 : index
  %e = tensor.empty() : tensor<6xf32>
  %f = scf.forall (%i) = (0) to (6) step (2) shared_outs(%o = %e) -> (tensor<6xf32>) {
    %s = tensor.extract_slice %o[%i] [2] [1] : tensor<6xf32> to tensor<2xf32>
    %w = vector.transfer_write %v, %s[%c0] {in_bounds = [true]} : vector<2xf32>, tensor<2xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %w into %o[%i] [2] [1] : tensor<2xf32> into tensor<6xf32>
    }
  }
  %p = tensor.insert_slice %x into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %q = tensor.insert_slice %y into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %p, %q : tensor<6xf32>, tensor<6xf32>
}

// Its size is a value of the call: nothing says that it is cheap to have twice.
// CHECK-LABEL: func.func @no_separation_of_dynamic_size
// CHECK-COUNT-1: linalg.fill
// CHECK-NOT: linalg.fill
func.func @no_separation_of_dynamic_size(%x: tensor<4xf32>, %n: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %p = tensor.insert_slice %x into %f[1] [4] [1] : tensor<4xf32> into tensor<?xf32>
  %q = tensor.insert_slice %x into %f[2] [4] [1] : tensor<4xf32> into tensor<?xf32>
  return %p, %q : tensor<?xf32>, tensor<?xf32>
}

// What is computed from an argument is computed once.
// CHECK-LABEL: func.func @no_separation_of_contents
// CHECK-COUNT-1: linalg.exp
// CHECK-NOT: linalg.exp
func.func @no_separation_of_contents(%x: tensor<4xf32>, %y: tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %e = tensor.empty() : tensor<6xf32>
  %f = linalg.exp ins(%y : tensor<6xf32>) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %p = tensor.insert_slice %x into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %q = tensor.insert_slice %x into %f[0] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %p, %q : tensor<6xf32>, tensor<6xf32>
}
