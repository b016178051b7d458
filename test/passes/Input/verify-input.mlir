// RUN: tw-opt %s -tw-verify-input -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: @supported
// CHECK: tensor.dim
func.func @supported(%x: tensor<?x8xbf16>, %i: tensor<3xi64>) -> tensor<?x8xbf16> {
  %true = arith.constant true
  cf.assert %true, "always"
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x8xbf16>
  %e = tensor.empty(%d) : tensor<?x8xbf16>
  %r = linalg.exp ins(%x : tensor<?x8xbf16>) outs(%e : tensor<?x8xbf16>) -> tensor<?x8xbf16>
  %s = tw.softmax dimension(1) ins(%r : tensor<?x8xbf16>) outs(%e : tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %s : tensor<?x8xbf16>
}

// -----

// All kinds at once, each with its number of places; nothing inside an unsupported operation.
// expected-error @below {{element type 'complex<f32>' is not supported; supported are f16, bf16}}
func.func @everything(%x: tensor<4xcomplex<f32>>, %c: i1, %u: tensor<*xf32>, %m: memref<4xf32>, %t: tensor<4xui8>) -> f32 {
  // expected-error @-1 {{a tensor of unknown rank, 'tensor<*xf32>', is not supported; export the model with example inputs of fixed rank}}
  // expected-error @-2 {{type 'memref<4xf32>' is not supported here; values are tensors until bufferization}}
  // expected-error @-3 {{element type 'ui8' is not supported}}
  %a = arith.constant 1.0 : f32
  // expected-error @below {{operation 'scf.if' is not supported: control flow that depends on data; select between results instead (torch.where), or make the condition a constant (2 places)}}
  %0 = scf.if %c -> f32 {
    %v = vector.broadcast %a : f32 to vector<4xf32>
    scf.yield %a : f32
  } else {
    scf.yield %a : f32
  }
  // expected-note @below {{also here}}
  %1 = scf.if %c -> f32 {
    scf.yield %0 : f32
  } else {
    scf.yield %a : f32
  }
  // expected-error @below {{operation 'func.call' is not supported: inline the called function}}
  %2 = func.call @other(%1) : (f32) -> f32
  // expected-error @below {{operation 'vector.broadcast' is not supported; supported are operations of linalg, tensor, arith, math and tw, and cf.assert}}
  %3 = vector.broadcast %2 : f32 to vector<4xf32>
  // expected-error @-1 {{type 'vector<4xf32>' is not supported here}}
  return %2 : f32
}
func.func private @other(f32) -> f32

// -----

// expected-error @below {{a function of several blocks is not supported}}
func.func @branches(%c: i1, %x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{operation 'cf.cond_br' is not supported: control flow that depends on data}}
  cf.cond_br %c, ^a, ^a
^a:
  return %x : tensor<4xf32>
}
