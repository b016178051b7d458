// RUN: tw-opt %s -tw-fuse-elementwise -canonicalize -split-input-file | FileCheck %s

// Bias, residual and activation of a matmul: one operation, which reads its result directly.
// CHECK-DAG: #[[ID:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COLUMN:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @epilogue(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4x8xf32>, %[[W:[^:]+]]: tensor<8x6xf32>, %[[BIAS:[^:]+]]: tensor<6xf32>, %[[RES:[^:]+]]: tensor<4x6xf32>)
// CHECK: %[[M:.+]] = linalg.matmul
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[ID]], #[[COLUMN]], #[[ID]], #[[ID]]]{{.+}} ins(%[[M]], %[[BIAS]], %[[RES]] :
// CHECK-NEXT: ^bb0(%[[X:.+]]: f32, %[[B:.+]]: f32, %[[Y:.+]]: f32, %{{.+}}: f32):
// CHECK-NEXT: %[[S:.+]] = arith.addf %[[X]], %[[B]]
// CHECK-NEXT: %[[T:.+]] = arith.addf %[[S]], %[[Y]]
// CHECK-NEXT: %[[U:.+]] = math.tanh %[[T]]
// CHECK-NEXT: linalg.yield %[[U]]
// CHECK: return %[[R]]
func.func @epilogue(%a: tensor<4x8xf32>, %w: tensor<8x6xf32>, %bias: tensor<6xf32>, %res: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %m = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%f : tensor<4x6xf32>) -> tensor<4x6xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<4x6xf32>, tensor<6xf32>) outs(%e : tensor<4x6xf32>) {
  ^bb0(%x: f32, %b: f32, %o: f32):
    %0 = arith.addf %x, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x6xf32>
  %t = linalg.add ins(%s, %res : tensor<4x6xf32>, tensor<4x6xf32>) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.tanh ins(%t : tensor<4x6xf32>) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A value that several parts of what is fused read is read and computed once; a fill is a scalar.
// CHECK-LABEL: func @diamond_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x6xf32>
// CHECK: linalg.generic {{.+}} ins(%[[X]] : tensor<?x6xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: %[[N:.+]] = arith.mulf %{{.+}}, %cst
// CHECK-NEXT: %[[E:.+]] = math.exp %[[N]]
// CHECK-NEXT: arith.mulf %[[N]], %[[E]]
// CHECK-NEXT: linalg.yield
// CHECK-NOT: linalg.generic
func.func @diamond_dynamic(%x: tensor<?x6xf32>, %n: index) -> tensor<?x6xf32> {
  %two = arith.constant 2.0 : f32
  %e = tensor.empty(%n) : tensor<?x6xf32>
  %f = linalg.fill ins(%two : f32) outs(%e : tensor<?x6xf32>) -> tensor<?x6xf32>
  %d = linalg.mul ins(%x, %f : tensor<?x6xf32>, tensor<?x6xf32>) outs(%e : tensor<?x6xf32>) -> tensor<?x6xf32>
  %s = linalg.exp ins(%d : tensor<?x6xf32>) outs(%e : tensor<?x6xf32>) -> tensor<?x6xf32>
  %r = linalg.mul ins(%d, %s : tensor<?x6xf32>, tensor<?x6xf32>) outs(%e : tensor<?x6xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// A causal mask from two iotas is one operation, and work on constants: what it masks reads it.
// CHECK-LABEL: func @causal_mask(
// CHECK: %[[MASK:.+]] = linalg.generic {{.+}} outs(%{{.+}} : tensor<5x5xi1>)
// CHECK-DAG: linalg.index 0
// CHECK-DAG: linalg.index 1
// CHECK: arith.cmpi sle
// CHECK: linalg.generic {{.+}} ins(%[[MASK]], %arg0, %arg1 :
// CHECK: arith.select
// CHECK-NOT: linalg.generic
func.func @causal_mask(%x: tensor<5x5xf32>, %y: tensor<5x5xf32>) -> tensor<5x5xf32> {
  %e0 = tensor.empty() : tensor<5xi64>
  %iota = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%e0 : tensor<5xi64>) {
  ^bb0(%o: i64):
    %0 = linalg.index 0 : index
    %1 = arith.index_cast %0 : index to i64
    linalg.yield %1 : i64
  } -> tensor<5xi64>
  %e1 = tensor.empty() : tensor<5x5xi1>
  %mask = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%iota, %iota : tensor<5xi64>, tensor<5xi64>) outs(%e1 : tensor<5x5xi1>) {
  ^bb0(%c: i64, %r: i64, %o: i1):
    %0 = arith.cmpi sle, %c, %r : i64
    linalg.yield %0 : i1
  } -> tensor<5x5xi1>
  %e2 = tensor.empty() : tensor<5x5xf32>
  %s = linalg.map { arith.select } ins(%mask, %x, %y : tensor<5x5xi1>, tensor<5x5xf32>, tensor<5x5xf32>) outs(%e2 : tensor<5x5xf32>)
  return %s : tensor<5x5xf32>
}

// -----

// CHECK-LABEL: func @into_reduction(
// CHECK: linalg.generic {{.+}}iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<4x6xf32>)
// CHECK: math.exp
// CHECK: arith.addf
// CHECK-NOT: linalg.generic
func.func @into_reduction(%x: tensor<4x6xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4x6xf32>
  %s = linalg.exp ins(%x : tensor<4x6xf32>) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%s : tensor<4x6xf32>) outs(%init : tensor<4xf32>) {
  ^bb0(%v: f32, %o: f32):
    %0 = arith.addf %v, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// The scale of the weights is for @init; what both users read is computed once; so is what a
// contraction reads many times.
// CHECK-LABEL: func @no_fusion(
// CHECK: %[[W:.+]] = linalg.generic {{.+}} ins(%arg0 :
// CHECK: %[[S:.+]] = linalg.generic {{.+}} ins(%arg1, %[[W]]
// CHECK: %[[T:.+]] = linalg.generic {{.+}} ins(%[[S]] :
// CHECK: linalg.matmul ins(%[[T]], %[[S]] :
func.func @no_fusion(%w: tensor<4x4xf32> {tw.weight = "w"}, %x: tensor<4x4xf32>, %init: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %ws = linalg.exp ins(%w : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %s = linalg.mul ins(%x, %ws : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %t = linalg.abs ins(%s : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %r = linalg.matmul ins(%t, %s : tensor<4x4xf32>, tensor<4x4xf32>) outs(%init : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// -----

// One exponential a row, not one an element; and rows that are transposed first are read in order.
// CHECK-LABEL: func @no_fusion_of_broadcast_or_transpose(
// CHECK: %[[E:.+]] = linalg.generic {{.+}} ins(%arg0 : tensor<4xf32>)
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: linalg.generic {{.+}} ins(%[[T]], %[[E]] :
func.func @no_fusion_of_broadcast_or_transpose(%v: tensor<4xf32>, %x: tensor<6x4xf32>) -> tensor<4x6xf32> {
  %e0 = tensor.empty() : tensor<4xf32>
  %s = linalg.exp ins(%v : tensor<4xf32>) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
  %e = tensor.empty() : tensor<4x6xf32>
  %t = linalg.transpose ins(%x : tensor<6x4xf32>) outs(%e : tensor<4x6xf32>) permutation = [1, 0]
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%t, %s : tensor<4x6xf32>, tensor<4xf32>) outs(%e : tensor<4x6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// What transposes is fused into a sum whose loops can follow: in memory the columns come first.
// CHECK: #[[ID:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func @sum_in_the_order_of_memory(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x50x20xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], {{.+}}iterator_types = ["parallel", "reduction", "reduction"]} ins(%[[X]] :
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NOT: linalg.generic
func.func @sum_in_the_order_of_memory(%x: tensor<1x50x20xf32>, %init: tensor<1xf32>) -> tensor<1xf32> {
  %e = tensor.empty() : tensor<1x20x50xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(n, i, j) -> (n, j, i)>, affine_map<(n, i, j) -> (n, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x50x20xf32>) outs(%e : tensor<1x20x50xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x20x50xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(n, i, j) -> (n, i, j)>, affine_map<(n, i, j) -> (n)>], iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%q : tensor<1x20x50xf32>) outs(%init : tensor<1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<1xf32>
  return %s : tensor<1xf32>
}
