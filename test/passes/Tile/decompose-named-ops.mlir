// RUN: tw-opt %s -tw-decompose-named-ops -canonicalize -cse -split-input-file | FileCheck %s

// The destination takes the exponentials; one reciprocal a row.
// CHECK-LABEL: @softmax
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<?x8xf32>, %[[E:[a-z0-9]+]]: tensor<?x8xf32>)
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] :
// CHECK:   arith.maximumf
// CHECK: %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[MAX]], %[[X]] : tensor<?xf32>, tensor<?x8xf32>) outs(%[[E]] :
// CHECK:   arith.subf
// CHECK:   math.exp
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EXP]] :
// CHECK: %[[RECIPROCAL:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<?xf32>)
// CHECK:   arith.divf
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[RECIPROCAL]] : tensor<?xf32>) outs(%[[EXP]] :
// CHECK:   arith.mulf
// CHECK: return %[[R]]
func.func @softmax(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = tw.softmax dimension(1) ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// The exponentials are summed and not stored; one logarithm a row.
// CHECK-LABEL: @log_softmax
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<?x8xf32>, %[[E:[a-z0-9]+]]: tensor<?x8xf32>)
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] :
// CHECK:   arith.maximumf
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[MAX]] :
// CHECK:   arith.subf
// CHECK:   math.exp
// CHECK:   arith.addf
// CHECK: %[[LOG:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<?xf32>)
// CHECK:   math.log
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MAX]], %[[LOG]] : tensor<?x8xf32>, tensor<?xf32>, tensor<?xf32>) outs(%[[E]] :
// CHECK-COUNT-2: arith.subf
// CHECK: return %[[R]]
func.func @log_softmax(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = tw.softmax dimension(1) logarithm ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: @softmax_zero_masked_rows_f16
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: arith.extf
// CHECK: arith.maximumf
// CHECK: %[[MASKED:.*]] = arith.cmpf oeq, %[[M:.*]], %[[LOWEST]] : f32
// CHECK: arith.select %[[MASKED]], %[[ZERO]], %[[M]]
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.select %{{.*}}, %[[ZERO]], %{{.*}}
// CHECK: arith.truncf
func.func @softmax_zero_masked_rows_f16(%x: tensor<4x8xf16>, %e: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %0 = tw.softmax dimension(0) zero_masked_rows ins(%x : tensor<4x8xf16>) outs(%e : tensor<4x8xf16>) -> tensor<4x8xf16>
  return %0 : tensor<4x8xf16>
}

// -----

// Mean, the mean of the differences from it, the mean square of the differences.
// CHECK-LABEL: @layer_norm
// CHECK-DAG: %[[N:.*]] = arith.constant 3.200000e+01 : f32
// CHECK-DAG: %[[EPSILON:.*]] = arith.constant 9.99999974E-6 : f32
// CHECK: arith.divf %{{.*}}, %[[N]]
// CHECK: arith.subf
// CHECK: arith.divf %{{.*}}, %[[N]]
// CHECK: arith.addf
// CHECK: %[[D:.*]] = arith.subf
// CHECK: arith.mulf %[[D]], %[[D]]
// CHECK: %[[V:.*]] = arith.addf %{{.*}}, %[[EPSILON]]
// CHECK: math.rsqrt %[[V]]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}}, %arg1, %arg2 : tensor<2x4x8xf32>, tensor<2xf32>, tensor<2xf32>, tensor<4x8xf32>, tensor<4x8xf32>) outs(%arg3 :
func.func @layer_norm(%x: tensor<2x4x8xf32>, %g: tensor<4x8xf32>, %b: tensor<4x8xf32>, %e: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  %0 = tw.layer_norm axis(1) epsilon(1.0e-5) ins(%x : tensor<2x4x8xf32>) gamma(%g : tensor<4x8xf32>) beta(%b : tensor<4x8xf32>) outs(%e : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return %0 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: @rms_norm_dynamic_row
// CHECK: %[[D:.*]] = tensor.dim %{{.*}}, %c1
// CHECK: %[[I:.*]] = arith.index_cast %[[D]] : index to i64
// CHECK: %[[N:.*]] = arith.sitofp %[[I]] : i64 to f32
// CHECK: arith.divf %{{.*}}, %[[N]]
// CHECK-NOT: arith.subf
func.func @rms_norm_dynamic_row(%x: tensor<4x?xf32>, %e: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = tw.rms_norm axis(1) epsilon(1.0e-6) ins(%x : tensor<4x?xf32>) outs(%e : tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// -----

// Few keys: softmax of whole rows. Four queries are too few to transpose the keys for.
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3) -> (0, d2, d3)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-LABEL: @attention
// CHECK-SAME: %[[E:[a-z0-9]+]]: tensor<2x4x6xf32>) ->
// CHECK-NOT: scf.for
// CHECK-NOT: linalg.transpose
// CHECK: %[[S:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[K]], #{{.*}}], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%{{.*}} : tensor<2x4x8xf32>, tensor<1x50x8xf32>)
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[S]] :
// CHECK: %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[MAX]] : {{.*}}) outs(%[[S]] :
// CHECK:   %[[DIFFERENCE:.*]] = arith.subf
// CHECK:   %[[SCALED:.*]] = arith.mulf %[[DIFFERENCE]], %cst
// CHECK:   math.exp %[[SCALED]] fastmath<afn>
// CHECK: %[[ZEROS:.*]] = linalg.fill ins(%{{.*}}) outs(%[[E]] :
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[V]], #{{.*}}], {{.*}} ins(%[[EXP]], %{{.*}} : tensor<2x4x50xf32>, tensor<2x50x6xf32>) outs(%[[ZEROS]] :
func.func @attention(%q: tensor<2x4x8xf32>, %k: tensor<1x50x8xf32>, %v: tensor<2x50x6xf32>, %e: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %0 = tw.attention scale(0.25) ins(%q, %k, %v : tensor<2x4x8xf32>, tensor<1x50x8xf32>, tensor<2x50x6xf32>) outs(%e : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %0 : tensor<2x4x6xf32>
}

// -----

// Any number of keys: whole blocks in a loop that carries maxima, sums and products, then the rest.
// CHECK-LABEL: @dynamic_keys_in_blocks
// CHECK-SAME: %[[E:[a-z0-9]+]]: tensor<64x6xf32>) ->
// CHECK: %[[ZEROS:.*]] = linalg.fill ins(%{{.*}}) outs(%[[E]] :
// CHECK: %[[LOOP:.*]]:3 = scf.for %[[FIRST:.*]] = %c0 to %{{.*}} step %c128 iter_args(%[[MAX:.*]] = %{{.*}}, %[[SUM:.*]] = %{{.*}}, %[[PRODUCT:.*]] = %[[ZEROS]])
// CHECK:   tensor.extract_slice %{{.*}}[%[[FIRST]], 0] [128, 8]
// CHECK:   %[[KEYS:.*]] = linalg.transpose {{.*}} permutation = [1, 0]
// CHECK:   linalg.generic {{.*}} ins(%{{.*}}, %[[KEYS]] : tensor<64x8xf32>, tensor<8x128xf32>)
// CHECK:   %[[SHRINK:.*]] = linalg.generic {{.*}} ins(%[[MAX]], %{{.*}} : tensor<64xf32>, tensor<64xf32>)
// CHECK:     math.exp %{{.+}} fastmath<afn> : f32
// CHECK:   linalg.generic {{.*}} outs(%[[MAX]] :
// CHECK:     arith.maximumf
// CHECK:   linalg.generic {{.*}} outs(%[[SUM]] :
// CHECK:   linalg.generic {{.*}} ins(%[[SHRINK]] : tensor<64xf32>) outs(%[[PRODUCT]] :
// CHECK:   scf.yield
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [%{{.*}}, 8]
// CHECK: linalg.generic {{.*}} outs(%[[LOOP]]#2 :
func.func @dynamic_keys_in_blocks(%q: tensor<64x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>, %e: tensor<64x6xf32>) -> tensor<64x6xf32> {
  %0 = tw.attention scale(0.25) ins(%q, %k, %v : tensor<64x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) outs(%e : tensor<64x6xf32>) -> tensor<64x6xf32>
  return %0 : tensor<64x6xf32>
}

// -----

// Blocks of keys that no query of the tile sees are left out: with 64 queries, those from
// offset + 64 on.
// CHECK-LABEL: @causal_blocks
// CHECK-SAME: %[[OFFSET:[a-z0-9]+]]: index
// CHECK: %[[SEEN:.*]] = arith.addi %[[OFFSET]], %c64
// CHECK: arith.maxsi %[[SEEN]], %c0
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %c1024
// CHECK: scf.for %[[FIRST:.*]] = %c0{{.*}} to %[[END]] step %c128
// CHECK:   %[[MOVED:.*]] = arith.subi %[[OFFSET]], %[[FIRST]]
// CHECK:   arith.addi %{{.*}}, %[[MOVED]]
func.func @causal_blocks(%q: tensor<64x8xf32>, %k: tensor<1024x8xf32>, %v: tensor<1024x6xf32>, %o: index, %e: tensor<64x6xf32>) -> tensor<64x6xf32> {
  %0 = tw.attention scale(0.25) ins(%q, %k, %v : tensor<64x8xf32>, tensor<1024x8xf32>, tensor<1024x6xf32>) causal(%o) outs(%e : tensor<64x6xf32>) -> tensor<64x6xf32>
  return %0 : tensor<64x6xf32>
}

// -----

// CHECK-LABEL: @masked_attention
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<4x16xi1>, %[[OFFSET:[a-z0-9]+]]: index
// CHECK-DAG: %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG: %[[FILL:.*]] = arith.constant -1.000000e+09 : f32
// CHECK: linalg.generic {{.*}} ins(%[[M]] : tensor<4x16xi1>)
// CHECK: ^bb0(%[[KEEP:.*]]: i1, %[[S:.*]]: f32):
// CHECK:   %[[SCORE:.*]] = arith.mulf %[[S]]
// CHECK:   %[[ROW:.*]] = linalg.index 0
// CHECK:   %[[LAST:.*]] = arith.addi %[[ROW]], %[[OFFSET]]
// CHECK:   %[[COLUMN:.*]] = linalg.index 1
// CHECK:   %[[SEEN:.*]] = arith.cmpi sle, %[[COLUMN]], %[[LAST]]
// CHECK:   %[[CAUSAL:.*]] = arith.select %[[SEEN]], %[[SCORE]], %[[LOWEST]]
// CHECK:   arith.select %[[KEEP]], %[[CAUSAL]], %[[FILL]]
func.func @masked_attention(%q: tensor<4x8xf32>, %k: tensor<16x8xf32>, %v: tensor<16x6xf32>, %m: tensor<4x16xi1>, %o: index, %e: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = tw.attention scale(0.25) ins(%q, %k, %v : tensor<4x8xf32>, tensor<16x8xf32>, tensor<16x6xf32>) mask(%m : tensor<4x16xi1>) fill(-1.0e9) causal(%o) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

// CHECK-LABEL: @no_named_op
// CHECK-NEXT: linalg.exp
// CHECK-NEXT: return
func.func @no_named_op(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
