// RUN: tw-opt %s -tw-unroll-windows | FileCheck %s

#next = affine_map<(d0) -> (d0 + 1)>
#behind = affine_map<(d0) -> (d0 + 3)>

// Two results with windows of three pixels: four pixels are read and widened once, each before the
// next one, of a tensor with any number of lines.
// CHECK-LABEL: func.func @overlapping_dynamic(
// CHECK-NOT:   scf.for
// CHECK:       %[[X0:.+]] = vector.transfer_read %{{.+}}[%{{.+}}, %c0, %c0], %{{.+}} : tensor<?x4x16xbf16>, vector<16xbf16>
// CHECK:       arith.extf %[[X0]]
// CHECK:       %[[A0:.+]] = math.fma %{{.+}}, %{{.+}}, %{{.+}} : vector<16xf32>
// CHECK:       %[[X1:.+]] = vector.transfer_read %{{.+}}[%{{.+}}, %c1, %c0], %{{.+}} : tensor<?x4x16xbf16>, vector<16xbf16>
// CHECK:       %[[Y1:.+]] = arith.extf %[[X1]]
// CHECK-DAG:   %[[A1:.+]] = math.fma %[[Y1]], %{{.+}}, %[[A0]]
// CHECK-DAG:   %[[B0:.+]] = math.fma %[[Y1]], %{{.+}}, %arg{{.+}} : vector<16xf32>
// CHECK:       %[[X2:.+]] = vector.transfer_read %{{.+}}[%{{.+}}, %c2, %c0]
// CHECK:       %[[Y2:.+]] = arith.extf %[[X2]]
// CHECK-DAG:   %[[A2:.+]] = math.fma %[[Y2]], %{{.+}}, %[[A1]]
// CHECK-DAG:   %[[B1:.+]] = math.fma %[[Y2]], %{{.+}}, %[[B0]]
// CHECK:       %[[X3:.+]] = vector.transfer_read %{{.+}}[%{{.+}}, %c3, %c0]
// CHECK:       %[[Y3:.+]] = arith.extf %[[X3]]
// CHECK:       %[[B2:.+]] = math.fma %[[Y3]], %{{.+}}, %[[B1]]
// CHECK-NOT:   vector.transfer_read
// CHECK:       return %[[A2]], %[[B2]]
func.func @overlapping_dynamic(%x: tensor<?x4x16xbf16>, %f: tensor<3x16xf32>, %line: index, %a: vector<16xf32>, %b: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %p = arith.constant 0.0 : f32
  %q = arith.constant 0.0 : bf16
  %r:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a0 = %a, %b0 = %b) -> (vector<16xf32>, vector<16xf32>) {
    %w = vector.transfer_read %f[%k, %c0], %p {in_bounds = [true]} : tensor<3x16xf32>, vector<16xf32>
    %x0 = vector.transfer_read %x[%line, %k, %c0], %q {in_bounds = [true]} : tensor<?x4x16xbf16>, vector<16xbf16>
    %y0 = arith.extf %x0 : vector<16xbf16> to vector<16xf32>
    %a1 = math.fma %y0, %w, %a0 : vector<16xf32>
    %k1 = affine.apply #next(%k)
    %x1 = vector.transfer_read %x[%line, %k1, %c0], %q {in_bounds = [true]} : tensor<?x4x16xbf16>, vector<16xbf16>
    %y1 = arith.extf %x1 : vector<16xbf16> to vector<16xf32>
    %b1 = math.fma %y1, %w, %b0 : vector<16xf32>
    scf.yield %a1, %b1 : vector<16xf32>, vector<16xf32>
  }
  return %r#0, %r#1 : vector<16xf32>, vector<16xf32>
}

// Windows that follow one another share nothing.
// CHECK-LABEL: func.func @no_disjoint_windows(
// CHECK:       scf.for
func.func @no_disjoint_windows(%x: tensor<6x16xbf16>, %a: vector<16xf32>, %b: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %q = arith.constant 0.0 : bf16
  %r:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a0 = %a, %b0 = %b) -> (vector<16xf32>, vector<16xf32>) {
    %x0 = vector.transfer_read %x[%k, %c0], %q {in_bounds = [true]} : tensor<6x16xbf16>, vector<16xbf16>
    %y0 = arith.extf %x0 : vector<16xbf16> to vector<16xf32>
    %a1 = arith.addf %y0, %a0 : vector<16xf32>
    %k1 = affine.apply #behind(%k)
    %x1 = vector.transfer_read %x[%k1, %c0], %q {in_bounds = [true]} : tensor<6x16xbf16>, vector<16xbf16>
    %y1 = arith.extf %x1 : vector<16xbf16> to vector<16xf32>
    %b1 = arith.addf %y1, %b0 : vector<16xf32>
    scf.yield %a1, %b1 : vector<16xf32>, vector<16xf32>
  }
  return %r#0, %r#1 : vector<16xf32>, vector<16xf32>
}

// f32 is read by what multiplies it.
// CHECK-LABEL: func.func @no_wide_numbers(
// CHECK:       scf.for
func.func @no_wide_numbers(%x: tensor<4x16xf32>, %a: vector<16xf32>, %b: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %p = arith.constant 0.0 : f32
  %r:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a0 = %a, %b0 = %b) -> (vector<16xf32>, vector<16xf32>) {
    %x0 = vector.transfer_read %x[%k, %c0], %p {in_bounds = [true]} : tensor<4x16xf32>, vector<16xf32>
    %a1 = arith.addf %x0, %a0 : vector<16xf32>
    %k1 = affine.apply #next(%k)
    %x1 = vector.transfer_read %x[%k1, %c0], %p {in_bounds = [true]} : tensor<4x16xf32>, vector<16xf32>
    %b1 = arith.addf %x1, %b0 : vector<16xf32>
    scf.yield %a1, %b1 : vector<16xf32>, vector<16xf32>
  }
  return %r#0, %r#1 : vector<16xf32>, vector<16xf32>
}

// CHECK-LABEL: func.func @no_dynamic_window(
// CHECK:       scf.for
func.func @no_dynamic_window(%x: tensor<?x16xbf16>, %n: index, %a: vector<16xf32>, %b: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q = arith.constant 0.0 : bf16
  %r:2 = scf.for %k = %c0 to %n step %c1 iter_args(%a0 = %a, %b0 = %b) -> (vector<16xf32>, vector<16xf32>) {
    %x0 = vector.transfer_read %x[%k, %c0], %q {in_bounds = [true]} : tensor<?x16xbf16>, vector<16xbf16>
    %y0 = arith.extf %x0 : vector<16xbf16> to vector<16xf32>
    %a1 = arith.addf %y0, %a0 : vector<16xf32>
    %k1 = affine.apply #next(%k)
    %x1 = vector.transfer_read %x[%k1, %c0], %q {in_bounds = [true]} : tensor<?x16xbf16>, vector<16xbf16>
    %y1 = arith.extf %x1 : vector<16xbf16> to vector<16xf32>
    %b1 = arith.addf %y1, %b0 : vector<16xf32>
    scf.yield %a1, %b1 : vector<16xf32>, vector<16xf32>
  }
  return %r#0, %r#1 : vector<16xf32>, vector<16xf32>
}
