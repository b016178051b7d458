// RUN: tw-opt %s -pass-pipeline="builtin.module(func.func(tw-place-insertions))" | FileCheck %s

// Each is computed in its part of a filled tensor of its own, which is there before.
// CHECK-LABEL: func.func @two_insertions
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: %[[S:.*]] = tensor.extract_slice %[[F]][1] [4] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: tensor.insert_slice %[[A]] into %[[F]][1] [4] [1]
// CHECK: %[[G:.*]] = linalg.fill
// CHECK: %[[T:.*]] = tensor.extract_slice %[[G]][1] [4] [1]
// CHECK: %[[B:.*]] = linalg.log {{.*}} outs(%[[T]]
// CHECK: tensor.insert_slice %[[B]] into %[[G]][1] [4] [1]
func.func @two_insertions(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %p = tensor.insert_slice %a into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %t = tensor.empty() : tensor<4xf32>
  %b = linalg.log ins(%x : tensor<4xf32>) outs(%t : tensor<4xf32>) -> tensor<4xf32>
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

// The sides of a tensor, filled one by one, are a fill too.
// CHECK-LABEL: func.func @filled_sides
// CHECK: %[[L:.*]] = linalg.fill
// CHECK: %[[F:.*]] = tensor.insert_slice %[[L]]
// CHECK: %[[S:.*]] = tensor.extract_slice %[[F]][2] [4] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: tensor.insert_slice %[[A]] into %[[F]]
// CHECK: %[[M:.*]] = linalg.fill
// CHECK: %[[G:.*]] = tensor.insert_slice %[[M]]
// CHECK: %[[T:.*]] = tensor.extract_slice %[[G]][2] [4] [1]
// CHECK: %[[B:.*]] = linalg.log {{.*}} outs(%[[T]]
// CHECK: tensor.insert_slice %[[B]] into %[[G]]
func.func @filled_sides(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<6xf32>
  %l = tensor.extract_slice %e[0] [2] [1] : tensor<6xf32> to tensor<2xf32>
  %m = linalg.fill ins(%zero : f32) outs(%l : tensor<2xf32>) -> tensor<2xf32>
  %f = tensor.insert_slice %m into %e[0] [2] [1] : tensor<2xf32> into tensor<6xf32>
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %p = tensor.insert_slice %a into %f[2] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %t = tensor.empty() : tensor<4xf32>
  %b = linalg.log ins(%x : tensor<4xf32>) outs(%t : tensor<4xf32>) -> tensor<4xf32>
  %q = tensor.insert_slice %b into %f[2] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %p, %q : tensor<6xf32>, tensor<6xf32>
}

// A fill behind what is inserted comes in front of it, if its size is known there.
// CHECK-LABEL: func.func @dynamic_size
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: %[[S:.*]] = tensor.extract_slice %[[F]][1] [4] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: tensor.insert_slice %[[A]] into %[[F]]
// CHECK: %[[T:.*]] = tensor.empty() : tensor<4xf32>
// CHECK: %[[B:.*]] = linalg.log {{.*}} outs(%[[T]]
// CHECK: %[[M:.*]] = arith.addi
// CHECK: %[[E:.*]] = tensor.empty(%[[M]])
// CHECK: %[[G:.*]] = linalg.fill {{.*}} outs(%[[E]]
// CHECK: tensor.insert_slice %[[B]] into %[[G]]
func.func @dynamic_size(%x: tensor<4xf32>, %n: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %p = tensor.insert_slice %a into %f[1] [4] [1] : tensor<4xf32> into tensor<?xf32>
  %t = tensor.empty() : tensor<4xf32>
  %b = linalg.log ins(%x : tensor<4xf32>) outs(%t : tensor<4xf32>) -> tensor<4xf32>
  %m = arith.addi %n, %n : index
  %h = tensor.empty(%m) : tensor<?xf32>
  %g = linalg.fill ins(%zero : f32) outs(%h : tensor<?xf32>) -> tensor<?xf32>
  %q = tensor.insert_slice %b into %g[1] [4] [1] : tensor<4xf32> into tensor<?xf32>
  return %p, %q : tensor<?xf32>, tensor<?xf32>
}

// Both parts of a concatenation are computed in it, and who reads one later reads it there, from the
// version that was made last.
// CHECK-LABEL: func.func @read_later
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[S:.*]] = tensor.extract_slice %[[E]][0] [4] [1]
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[S]]
// CHECK: %[[P:.*]] = tensor.insert_slice %[[A]] into %[[E]][0]
// CHECK: %[[T:.*]] = tensor.extract_slice %[[P]][4] [4] [1]
// CHECK: %[[I:.*]] = tensor.extract_slice %[[P]][0] [4] [1]
// CHECK: %[[B:.*]] = linalg.log ins(%[[I]] {{.*}} outs(%[[T]]
// CHECK: %[[Q:.*]] = tensor.insert_slice %[[B]] into %[[P]][4]
// CHECK: %[[J:.*]] = tensor.extract_slice %[[Q]][0] [4] [1]
// CHECK: linalg.sqrt ins(%[[J]]
func.func @read_later(%x: tensor<4xf32>) -> (tensor<8xf32>, tensor<4xf32>) {
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %t = tensor.empty() : tensor<4xf32>
  %b = linalg.log ins(%a : tensor<4xf32>) outs(%t : tensor<4xf32>) -> tensor<4xf32>
  %e = tensor.empty() : tensor<8xf32>
  %p = tensor.insert_slice %a into %e[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %q = tensor.insert_slice %b into %p[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %u = tensor.empty() : tensor<4xf32>
  %c = linalg.sqrt ins(%a : tensor<4xf32>) outs(%u : tensor<4xf32>) -> tensor<4xf32>
  return %q, %c : tensor<8xf32>, tensor<4xf32>
}

// What a task computes in parts is computed in the tensor that all tasks share.
// CHECK-LABEL: func.func @part_of_a_task
// CHECK: scf.forall (%[[I:.*]]) = {{.*}} shared_outs(%[[O:.*]] = %{{.*}})
// CHECK: %[[T:.*]] = tensor.extract_slice %[[O]][%[[I]]] [4] [1]
// CHECK: %[[S:.*]] = tensor.extract_slice %[[T]][0] [2] [1]
// CHECK: linalg.exp {{.*}} outs(%[[S]]
func.func @part_of_a_task(%x: tensor<2xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %r = scf.forall (%i) = (0) to (8) step (4) shared_outs(%o = %y) -> (tensor<8xf32>) {
    %e = tensor.empty() : tensor<4xf32>
    %s = tensor.extract_slice %e[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %a = linalg.exp ins(%x : tensor<2xf32>) outs(%s : tensor<2xf32>) -> tensor<2xf32>
    %p = tensor.insert_slice %a into %e[0] [2] [1] : tensor<2xf32> into tensor<4xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %p into %o[%i] [4] [1] : tensor<4xf32> into tensor<8xf32>
    }
  }
  return %r : tensor<8xf32>
}

// A part of a larger tensor is no memory for another shape.
// CHECK-LABEL: func.func @no_slice_for_a_reshape
// CHECK: %[[A:.*]] = linalg.exp
// CHECK: tensor.expand_shape %[[A]]
func.func @no_slice_for_a_reshape(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<2x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %s = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
  %p = tensor.insert_slice %a into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %r = tensor.expand_shape %a [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  return %p, %r : tensor<6xf32>, tensor<2x2xf32>
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
