// RUN: tw-opt %s -tw-select-schedule -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// 128 rows are 16 tiles of 8; one panel of two vectors is a task.
// CHECK-LABEL: @matmul
// CHECK: tw.group schedule(<distribute = [0, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @matmul(%a: tensor<128x768xf32>, %b: tensor<768x768xf32>, %c: tensor<128x768xf32>) -> tensor<128x768xf32> {
  %r = tw.group -> tensor<128x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<128x768xf32>, tensor<768x768xf32>) outs(%c : tensor<128x768xf32>) -> tensor<128x768xf32>
    tw.yield %0 : tensor<128x768xf32>
  }
  return %r : tensor<128x768xf32>
}

// A row sum keeps partial sums in the lanes, four rows at a time.
// CHECK-LABEL: @row_sum
// CHECK: tw.group schedule(<distribute = [16], registers = [4], reduction = [16], lanes = 16>)
func.func @row_sum(%a: tensor<128x1024xf32>, %c: tensor<128xf32>) -> tensor<128xf32> {
  %r = tw.group -> tensor<128xf32> {
    %0 = linalg.reduce { arith.addf } ins(%a : tensor<128x1024xf32>) outs(%c : tensor<128xf32>) dimensions = [1]
    tw.yield %0 : tensor<128xf32>
  }
  return %r : tensor<128xf32>
}

// Dynamic rows: blocks of whole register tiles.
// CHECK-LABEL: @dynamic_rows
// CHECK: tw.group schedule(<distribute = [64, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @dynamic_rows(%a: tensor<?x768xf32>, %b: tensor<768x768xf32>, %c: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %r = tw.group -> tensor<?x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<?x768xf32>, tensor<768x768xf32>) outs(%c : tensor<?x768xf32>) -> tensor<?x768xf32>
    tw.yield %0 : tensor<?x768xf32>
  }
  return %r : tensor<?x768xf32>
}

// Two panels are too few tasks, so rows are cut too, into blocks that divide them.
// CHECK-LABEL: @convolution
// CHECK: tw.group schedule(<distribute = [7, 0, 32], registers = [1, 14, 32], reduction = [1], lanes = 16>)
func.func @convolution(%x: tensor<58x58x64xf32>, %f: tensor<3x3x64x64xf32>, %c: tensor<56x56x64xf32>) -> tensor<56x56x64xf32> {
  %r = tw.group -> tensor<56x56x64xf32> {
    %0 = linalg.generic {indexing_maps = [affine_map<(h, w, oc, kh, kw, ic) -> (h + kh, w + kw, ic)>,
                                          affine_map<(h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                          affine_map<(h, w, oc, kh, kw, ic) -> (h, w, oc)>],
                         iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
           ins(%x, %f : tensor<58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%c : tensor<56x56x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %m = arith.mulf %a, %b : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<56x56x64xf32>
    tw.yield %0 : tensor<56x56x64xf32>
  }
  return %r : tensor<56x56x64xf32>
}

// The columns of the contraction are the rows of the result: panels are cut there.
// CHECK-LABEL: @transposing_epilogue
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [32, 8], reduction = [1], lanes = 16>)
func.func @transposing_epilogue(%a: tensor<128x768xf32>, %b: tensor<768x768xf32>, %c: tensor<128x768xf32>, %d: tensor<768x128xf32>) -> tensor<768x128xf32> {
  %r = tw.group -> tensor<768x128xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<128x768xf32>, tensor<768x768xf32>) outs(%c : tensor<128x768xf32>) -> tensor<128x768xf32>
    %1 = linalg.transpose ins(%0 : tensor<128x768xf32>) outs(%d : tensor<768x128xf32>) permutation = [1, 0]
    tw.yield %1 : tensor<768x128xf32>
  }
  return %r : tensor<768x128xf32>
}

// Rows that are pages apart share the sets of one cache line: tiles of 7 and not of 14.
// CHECK-LABEL: @rows_pages_apart
// CHECK: tw.group schedule(<distribute = {{.*}}, registers = [7, 32], reduction = [1], lanes = 16>)
func.func @rows_pages_apart(%a: tensor<196x1024xf32>, %b: tensor<1024x256xf32>, %c: tensor<196x256xf32>) -> tensor<196x256xf32> {
  %r = tw.group -> tensor<196x256xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<196x1024xf32>, tensor<1024x256xf32>) outs(%c : tensor<196x256xf32>) -> tensor<196x256xf32>
    tw.yield %0 : tensor<196x256xf32>
  }
  return %r : tensor<196x256xf32>
}

// Lanes along the row, where the large input is contiguous: the mean is read once a row, and that
// it is contiguous along the result means nothing. Lanes there would gather.
// CHECK-LABEL: @variance_has_lanes_along_the_row
// CHECK: tw.group schedule(<distribute = [16], registers = [4], reduction = [16], lanes = 16>)
func.func @variance_has_lanes_along_the_row(%x: tensor<128x1024xf32>, %mean: tensor<128xf32>, %c: tensor<128xf32>) -> tensor<128xf32> {
  %r = tw.group -> tensor<128xf32> {
    %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>],
                         iterator_types = ["parallel", "reduction"]}
         ins(%x, %mean : tensor<128x1024xf32>, tensor<128xf32>) outs(%c : tensor<128xf32>) {
    ^bb0(%a: f32, %m: f32, %o: f32):
      %d = arith.subf %a, %m : f32
      %q = arith.mulf %d, %d : f32
      %s = arith.addf %q, %o : f32
      linalg.yield %s : f32
    } -> tensor<128xf32>
    tw.yield %0 : tensor<128xf32>
  }
  return %r : tensor<128xf32>
}

// What each tile of its user would compute again has a schedule of its own.
// CHECK-LABEL: @no_claim_on_what_is_broadcast
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]{{.*}} attrs = {tw.schedule = #tw.schedule<registers = [4], reduction = [16], lanes = 16>}
// CHECK: linalg.generic {{.*}} attrs = {tw.schedule = #tw.schedule<registers = [1, 64]>}
func.func @no_claim_on_what_is_broadcast(%x: tensor<16x512xf32>, %c: tensor<16xf32>, %e: tensor<16x512xf32>) -> tensor<16x512xf32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
       ins(%x : tensor<16x512xf32>) outs(%c : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
       ins(%x, %s : tensor<16x512xf32>, tensor<16xf32>) outs(%e : tensor<16x512xf32>) attrs = {tw.schedule = #tw.schedule<registers = [1, 64]>} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.divf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<16x512xf32>
  return %r : tensor<16x512xf32>
}

// 13 columns take three registers, of 8, 4 and 1 lanes: 9 rows of them have room, of which 8 divide
// the rows there are.
// CHECK-LABEL: @narrow_result
// CHECK: registers = [8, 13], reduction = [1]
func.func @narrow_result(%a: tensor<128x768xf32>, %b: tensor<768x13xf32>, %i: tensor<128x13xf32>) -> tensor<128x13xf32> {
  %r = tw.group -> tensor<128x13xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<128x768xf32>, tensor<768x13xf32>) outs(%i : tensor<128x13xf32>) -> tensor<128x13xf32>
    tw.yield %0 : tensor<128x13xf32>
  }
  return %r : tensor<128x13xf32>
}

// A head and a block of queries a task, also where heads and queries have changed places behind it.
// CHECK-LABEL: @attention
// CHECK: tw.group schedule(<distribute = [1, 52, 1, 0], lanes = 16>)
func.func @attention(%q: tensor<2x12x197x64xf32>, %k: tensor<2x12x197x64xf32>, %e: tensor<2x12x197x64xf32>, %t: tensor<2x197x12x64xf32>) -> tensor<2x197x12x64xf32> {
  %r = tw.group -> tensor<2x197x12x64xf32> {
    %0 = tw.attention scale(0.125) ins(%q, %k, %k : tensor<2x12x197x64xf32>, tensor<2x12x197x64xf32>, tensor<2x12x197x64xf32>) outs(%e : tensor<2x12x197x64xf32>) -> tensor<2x12x197x64xf32>
    %1 = linalg.transpose ins(%0 : tensor<2x12x197x64xf32>) outs(%t : tensor<2x197x12x64xf32>) permutation = [0, 2, 1, 3]
    tw.yield %1 : tensor<2x197x12x64xf32>
  }
  return %r : tensor<2x197x12x64xf32>
}

// Too little work for a parallel region.
// CHECK-LABEL: @no_distribution_of_little_work
// CHECK: tw.group schedule(<distribute = [0, 0], registers = [1, 8], lanes = 16>)
func.func @no_distribution_of_little_work(%a: tensor<1x8xf32>, %c: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %r = tw.group -> tensor<1x8xf32> {
    %0 = linalg.exp ins(%a : tensor<1x8xf32>) outs(%c : tensor<1x8xf32>) -> tensor<1x8xf32>
    tw.yield %0 : tensor<1x8xf32>
  }
  return %r : tensor<1x8xf32>
}

// CHECK-LABEL: @no_change_of_a_given_schedule
// CHECK: tw.group schedule(<registers = [2, 16]>)
func.func @no_change_of_a_given_schedule(%a: tensor<1x8xf32>, %c: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %r = tw.group schedule(<registers = [2, 16]>) -> tensor<1x8xf32> {
    %0 = linalg.exp ins(%a : tensor<1x8xf32>) outs(%c : tensor<1x8xf32>) -> tensor<1x8xf32>
    tw.yield %0 : tensor<1x8xf32>
  }
  return %r : tensor<1x8xf32>
}
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute}}
func.func @no_target() {
  return
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 256, vector_registers = 16, l1_bytes = 32768, l2_bytes = 524288>} {

// Of sixteen registers, twelve are accumulators: what four rows leave over costs less than their
// loads, which eight multiply-adds cannot hide.
// CHECK-LABEL: @few_registers
// CHECK: tw.group schedule(<distribute = {{.*}}, registers = [6, 16], reduction = [1], lanes = 8>)
func.func @few_registers(%a: tensor<1024x768xf32>, %b: tensor<768x768xf32>, %c: tensor<1024x768xf32>) -> tensor<1024x768xf32> {
  %r = tw.group -> tensor<1024x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<1024x768xf32>, tensor<768x768xf32>) outs(%c : tensor<1024x768xf32>) -> tensor<1024x768xf32>
    tw.yield %0 : tensor<1024x768xf32>
  }
  return %r : tensor<1024x768xf32>
}

}
