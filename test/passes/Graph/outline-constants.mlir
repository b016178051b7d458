// RUN: tw-opt %s -tw-outline-constants -split-input-file -verify-diagnostics | FileCheck %s

// The transpose moves, once for two equal ones; the bias stays a weight; the unused weight goes;
// inputs keep their order. The batch is dynamic.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: tensor<8xf32> {tw.weight = "bias"}
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf32> {tw.input = "x"}
// CHECK-SAME: %[[Y:[a-z0-9]+]]: tensor<?x4xf32> {tw.input = "y"}
// CHECK-SAME: %[[T:[a-z0-9]+]]: tensor<4x8xf32> {tw.prepared = 0 : i64}
// CHECK-NOT: linalg.transpose
// CHECK: linalg.matmul ins(%[[X]], %[[T]]
// CHECK: linalg.matmul ins(%[[Y]], %[[T]]
// CHECK: linalg.broadcast ins(%[[BIAS]]
// CHECK: func.func @init(%[[W:[a-z0-9]+]]: tensor<8x4xf32> {tw.weight = "w"}) -> tensor<4x8xf32>
// CHECK: %[[P:.+]] = linalg.transpose ins(%[[W]]
// CHECK: return %[[P]]
func.func @main(%w: tensor<8x4xf32> {tw.weight = "w"}, %bias: tensor<8xf32> {tw.weight = "bias"},
                %unused: tensor<i64> {tw.weight = "num_batches_tracked"},
                %x: tensor<?x4xf32> {tw.input = "x"}, %y: tensor<?x4xf32> {tw.input = "y"},
                %o: tensor<?x8xf32> {tw.input = "o"}) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  %a = linalg.matmul ins(%x, %t : tensor<?x4xf32>, tensor<4x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  %f = tensor.empty() : tensor<4x8xf32>
  %u = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%f : tensor<4x8xf32>) permutation = [1, 0]
  %b = linalg.matmul ins(%y, %u : tensor<?x4xf32>, tensor<4x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = linalg.broadcast ins(%bias : tensor<8xf32>) outs(%o : tensor<?x8xf32>) dimensions = [0]
  return %a, %b, %c : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Packing goes, the unpack that reads it stays.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x4xf32>, %[[P:[a-z0-9]+]]: tensor<1x2x4x8xf32> {tw.prepared = 0 : i64}
// CHECK-NOT: linalg.pack
// CHECK: %[[W:.+]] = linalg.unpack %[[P]]
// CHECK: linalg.matmul ins(%[[X]], %[[W]]
// CHECK: func.func @init
// CHECK: linalg.pack
// CHECK-NOT: linalg.unpack
func.func @main(%w: tensor<4x16xf32> {tw.weight = "w"}, %x: tensor<2x4xf32>) -> tensor<2x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x4x8xf32>
  %p = linalg.pack %w inner_dims_pos = [0, 1] inner_tiles = [4, 8] into %e : tensor<4x16xf32> -> tensor<1x2x4x8xf32>
  %f = tensor.empty() : tensor<4x16xf32>
  %u = linalg.unpack %p inner_dims_pos = [0, 1] inner_tiles = [4, 8] into %f : tensor<1x2x4x8xf32> -> tensor<4x16xf32>
  %g = tensor.empty() : tensor<2x16xf32>
  %i = linalg.fill ins(%zero : f32) outs(%g : tensor<2x16xf32>) -> tensor<2x16xf32>
  %m = linalg.matmul ins(%x, %u : tensor<2x4xf32>, tensor<4x16xf32>) outs(%i : tensor<2x16xf32>) -> tensor<2x16xf32>
  return %m : tensor<2x16xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A look-up on constants is checked at load; a constant whose size is itself a weight is dynamic.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: tensor<?xf32> {tw.prepared = 0 : i64}) -> (tensor<3xf32>, tensor<?xf32>)
// CHECK-NOT: linalg
// CHECK-LABEL: func.func @init(
// CHECK: tensor.extract
// CHECK: linalg.generic
// CHECK: tw.assert
func.func @main(%w: tensor<4xf32> {tw.weight = "w"}, %n: tensor<index> {tw.weight = "n"}, %x: tensor<3xf32>) -> (tensor<3xf32>, tensor<?xf32>) {
  %c4 = arith.constant 4 : index
  %size = tensor.extract %n[] : tensor<index>
  %e = tensor.empty(%size) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %ok = arith.cmpi ult, %i, %c4 : index
    tw.assert %ok, "index must be smaller than dim size"
    %v = tensor.extract %w[%i] : tensor<4xf32>
    linalg.yield %v : f32
  } -> tensor<?xf32>
  return %x, %r : tensor<3xf32>, tensor<?xf32>
}

// -----

// A large literal moves to @init, a small one and a splat stay.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<65xi8> {tw.prepared = 0 : i64}
// CHECK-DAG: %[[SPLAT:.+]] = arith.constant dense<1> : tensor<65xi8>
// CHECK-DAG: %[[SMALL:.+]] = arith.constant dense<[1, 2]> : tensor<2xi8>
// CHECK: return %{{.*}}, %[[P]], %[[SPLAT]], %[[SMALL]]
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<65xi8>, tensor<65xi8>, tensor<2xi8>) {
  %large = arith.constant dense<"0x0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F4041"> : tensor<65xi8>
  %splat = arith.constant dense<1> : tensor<65xi8>
  %small = arith.constant dense<[1, 2]> : tensor<2xi8>
  return %x, %large, %splat, %small : tensor<3xf32>, tensor<65xi8>, tensor<65xi8>, tensor<2xi8>
}

// -----

#copy = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// no-outline: a view of a weight, broadcasts (named or not) and fills cost nothing.
// CHECK-LABEL: func.func @main(
// CHECK-NOT: tw.prepared
// CHECK: tensor.expand_shape
// CHECK: linalg.broadcast
// CHECK: linalg.generic
// CHECK: linalg.fill
// CHECK-NOT: @init
func.func @main(%w: tensor<8xf32> {tw.weight = "w"}) -> (tensor<2x4xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %v = tensor.expand_shape %w [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  %e = tensor.empty() : tensor<3x8xf32>
  %b = linalg.broadcast ins(%w : tensor<8xf32>) outs(%e : tensor<3x8xf32>) dimensions = [0]
  %g = linalg.generic {indexing_maps = [#copy, #all], iterator_types = ["parallel", "parallel"]} ins(%w : tensor<8xf32>) outs(%e : tensor<3x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<3x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %v, %b, %g, %f : tensor<2x4xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>
}

// -----

// no-outline: a tensor whose first column alone is filled; the others are written later.
// CHECK-LABEL: func.func @main(
// CHECK-NOT: tw.prepared
// CHECK: linalg.fill
// CHECK: tensor.insert_slice
// CHECK: tensor.insert_slice
// CHECK-NOT: @init
func.func @main(%x: tensor<3x7xf32>) -> tensor<3x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x8xf32>
  %s = tensor.extract_slice %e[0, 0] [3, 1] [1, 1] : tensor<3x8xf32> to tensor<3x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%s : tensor<3x1xf32>) -> tensor<3x1xf32>
  %c = tensor.insert_slice %f into %e[0, 0] [3, 1] [1, 1] : tensor<3x1xf32> into tensor<3x8xf32>
  %r = tensor.insert_slice %x into %c[0, 1] [3, 7] [1, 1] : tensor<3x7xf32> into tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

// -----

// no-outline: the weight is an input of the model here, so nothing is constant.
// CHECK-LABEL: func.func @main(
// CHECK: linalg.transpose
// CHECK-NOT: @init
func.func @main(%w: tensor<8x4xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  return %t : tensor<4x8xf32>
}

// -----

func.func @main(%w: tensor<8x4xf32> {tw.weight = "w"}) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  return %t : tensor<4x8xf32>
}
// expected-error @below {{the module has an @init already}}
func.func private @init()
