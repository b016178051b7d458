// RUN: tw-opt %s -tw-fold-addends -split-input-file | FileCheck %s

// The bias of a convolution, read behind it, is where its sums over both loops begin.
// CHECK-LABEL: func.func @bias(
// CHECK:       %[[BIAS:.+]] = vector.transfer_read %arg2
// CHECK-NEXT:  %[[SUM:.+]] = scf.for {{.*}} iter_args(%[[OUTER:.+]] = %[[BIAS]]) -> (vector<16xf32>)
// CHECK-NEXT:    scf.for {{.*}} iter_args(%{{.+}} = %[[OUTER]]) -> (vector<16xf32>)
// CHECK-NOT:   arith.addf
// CHECK:       return %[[SUM]]
func.func @bias(%x: tensor<3x3x16xf32>, %f: tensor<3x3x16xf32>, %b: tensor<16xf32>) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%rows = %zero) -> (vector<16xf32>) {
    %s = scf.for %j = %c0 to %c3 step %c1 iter_args(%sum = %rows) -> (vector<16xf32>) {
      %a = vector.transfer_read %x[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<3x3x16xf32>, vector<16xf32>
      %k = vector.transfer_read %f[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<3x3x16xf32>, vector<16xf32>
      %next = math.fma %a, %k, %sum : vector<16xf32>
      scf.yield %next : vector<16xf32>
    }
    scf.yield %s : vector<16xf32>
  }
  %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  %y = arith.addf %r, %bias : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// Each of many steps would round to the places of the bias.
// CHECK-LABEL: func.func @no_sum_of_dynamic_length(
// CHECK:       scf.for {{.*}} iter_args(%{{.+}} = %cst
// CHECK:       arith.addf
func.func @no_sum_of_dynamic_length(%x: tensor<?x?x16xf32>, %f: tensor<?x?x16xf32>, %b: tensor<16xf32>, %h: index, %w: index) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r = scf.for %i = %c0 to %h step %c1 iter_args(%rows = %zero) -> (vector<16xf32>) {
    %s = scf.for %j = %c0 to %w step %c1 iter_args(%sum = %rows) -> (vector<16xf32>) {
      %a = vector.transfer_read %x[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<?x?x16xf32>, vector<16xf32>
      %k = vector.transfer_read %f[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<?x?x16xf32>, vector<16xf32>
      %next = math.fma %a, %k, %sum : vector<16xf32>
      scf.yield %next : vector<16xf32>
    }
    scf.yield %s : vector<16xf32>
  }
  %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  %y = arith.addf %r, %bias : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// CHECK-LABEL: func.func @no_long_sum(
// CHECK:       scf.for {{.*}} iter_args(%{{.+}} = %cst
// CHECK:       arith.addf
func.func @no_long_sum(%x: tensor<33x16xf32>, %k: vector<16xf32>, %b: tensor<16xf32>) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c33 = arith.constant 33 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r = scf.for %i = %c0 to %c33 step %c1 iter_args(%sum = %zero) -> (vector<16xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<33x16xf32>, vector<16xf32>
    %next = math.fma %a, %k, %sum : vector<16xf32>
    scf.yield %next : vector<16xf32>
  }
  %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  %y = arith.addf %r, %bias : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// What skipped a layer in bf16 is widened first.
// CHECK-LABEL: func.func @skip_of_bf16(
// CHECK:       %[[READ:.+]] = vector.transfer_read %arg2
// CHECK-NEXT:  %[[WIDE:.+]] = arith.extf %[[READ]]
// CHECK-NEXT:  scf.for {{.*}} iter_args(%{{.+}} = %[[WIDE]]) -> (vector<16xf32>)
// CHECK:         tw.bf16_dot
// CHECK-NOT:   arith.addf
func.func @skip_of_bf16(%x: tensor<9x16xi32>, %f: vector<16xi32>, %skip: tensor<16xbf16>) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %none = arith.constant 0 : i32
  %pad = arith.constant 0.0 : bf16
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r = scf.for %i = %c0 to %c9 step %c1 iter_args(%sum = %zero) -> (vector<16xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %none {in_bounds = [true]} : tensor<9x16xi32>, vector<16xi32>
    %next = tw.bf16_dot %a, %f, %sum : vector<16xi32>, vector<16xf32>
    scf.yield %next : vector<16xf32>
  }
  %read = vector.transfer_read %skip[%c0], %pad {in_bounds = [true]} : tensor<16xbf16>, vector<16xbf16>
  %wide = arith.extf %read : vector<16xbf16> to vector<16xf32>
  %y = arith.addf %wide, %r : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// The loop around adds up blocks: each begins with zero, for the sake of its rounding errors, in
// registers as well as in memory.
// CHECK-LABEL: func.func @no_block_of_a_sum(
// CHECK:       scf.for {{.*}} iter_args(%[[TOTAL:.+]] = %{{.+}}, %{{.+}} = %{{.+}})
// CHECK:         %[[BLOCKS:.+]]:2 = scf.for {{.*}} iter_args(%{{.+}} = %[[ZERO:.+]], %{{.+}} = %[[ZERO]])
// CHECK:         arith.addf %[[TOTAL]], %[[BLOCKS]]#0
// CHECK:         arith.addf %{{.+}}, %[[BLOCKS]]#1
func.func @no_block_of_a_sum(%x: tensor<4x8x16xf32>, %t: tensor<16xf32>) -> (vector<16xf32>, tensor<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%total = %zero, %memory = %t) -> (vector<16xf32>, tensor<16xf32>) {
    %s:2 = scf.for %j = %c0 to %c8 step %c1 iter_args(%sum = %zero, %other = %zero) -> (vector<16xf32>, vector<16xf32>) {
      %a = vector.transfer_read %x[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<4x8x16xf32>, vector<16xf32>
      %next = arith.addf %sum, %a : vector<16xf32>
      %after = arith.addf %other, %a : vector<16xf32>
      scf.yield %next, %after : vector<16xf32>, vector<16xf32>
    }
    %sums = arith.addf %total, %s#0 : vector<16xf32>
    %part = tensor.extract_slice %memory[0] [16] [1] : tensor<16xf32> to tensor<16xf32>
    %former = vector.transfer_read %part[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
    %later = arith.addf %former, %s#1 : vector<16xf32>
    %written = vector.transfer_write %later, %part[%c0] {in_bounds = [true]} : vector<16xf32>, tensor<16xf32>
    scf.yield %sums, %written : vector<16xf32>, tensor<16xf32>
  }
  return %r#0, %r#1 : vector<16xf32>, tensor<16xf32>
}

// -----

// A maximum is no sum, a sum may begin with something else, or be read a second time.
// CHECK-LABEL: func.func @no_mere_sum(
// CHECK:       %[[R:.+]]:3 = scf.for
// CHECK-COUNT-3: arith.addf %[[R]]#{{[0-2]}}, %{{.+}}
func.func @no_mere_sum(%x: tensor<9x16xf32>, %b: tensor<16xf32>, %start: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  %r:3 = scf.for %i = %c0 to %c9 step %c1 iter_args(%most = %zero, %from = %start, %sum = %zero) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x16xf32>, vector<16xf32>
    %m = arith.maximumf %most, %a : vector<16xf32>
    %f = arith.addf %from, %a : vector<16xf32>
    %s = arith.addf %sum, %a : vector<16xf32>
    scf.yield %m, %f, %s : vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  %y = arith.addf %r#0, %bias : vector<16xf32>
  %z = arith.addf %r#1, %bias : vector<16xf32>
  %u = arith.addf %r#2, %bias : vector<16xf32>
  return %y, %z, %u, %r#2 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}
