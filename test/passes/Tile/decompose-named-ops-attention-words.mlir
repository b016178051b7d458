// RUN: tw-opt %s -tw-decompose-named-ops | FileCheck %s
// Attention of bf16.

// Exponentials are rounded as they are computed: the products with the values are of words, and the
// sum is that of what they multiply.
// CHECK-LABEL: func.func @rounded_exponentials(
// CHECK:       %[[SCORES:.+]] = linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x48xf32>)
// CHECK:         tw.bf16_dot
// CHECK:       arith.maximumf
// CHECK:       %[[EXP:.+]] = linalg.generic {{.*}} ins(%{{.+}}, %[[SCORES]] : tensor<1x16xf32>, tensor<1x16x48xf32>) outs(%{{.+}} : tensor<1x16x48xbf16>)
// CHECK:         math.exp
// CHECK-NEXT:    arith.truncf
// CHECK:       linalg.generic {{.*}} ins(%[[EXP]] : tensor<1x16x48xbf16>) outs(%{{.+}} : tensor<1x16xf32>)
// CHECK:         arith.extf
// CHECK:         arith.addf
// CHECK:       %[[WORDS:.+]] = tw.words %[[EXP]]
// CHECK:       linalg.generic {{.*}} ins(%[[WORDS]], %{{.+}} : tensor<1x16x24xi32>, tensor<1x24x32xi32>)
// CHECK-NOT:   arith.truncf
func.func @rounded_exponentials(%q: tensor<1x16x32xbf16>, %k: tensor<1x48x32xbf16>, %v: tensor<1x48x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x48x32xbf16>, tensor<1x48x32xbf16>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// Whole blocks of a dynamic number of keys are rounded; what is left of them has no words.
// CHECK-LABEL: func.func @dynamic_keys(
// CHECK:       scf.for
// CHECK:         linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x128xbf16>)
// CHECK:         arith.truncf
// CHECK:         scf.yield
// CHECK-NOT:   arith.truncf
// CHECK:       return
func.func @dynamic_keys(%q: tensor<1x16x32xbf16>, %k: tensor<1x?x32xbf16>, %v: tensor<1x?x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x?x32xbf16>, tensor<1x?x32xbf16>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// CHECK-LABEL: func.func @no_rounding_of_f32(
// CHECK-NOT:   arith.truncf
// CHECK:       return
func.func @no_rounding_of_f32(%q: tensor<1x16x32xf32>, %k: tensor<1x48x32xf32>, %v: tensor<1x48x32xf32>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xf32>, tensor<1x48x32xf32>, tensor<1x48x32xf32>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// Keys come in whole vectors: what is behind them is zero, and no query sees it.
// CHECK-LABEL: func.func @odd_keys(
// CHECK:       linalg.generic {{.*}} ins(%{{.+}} : tensor<1x35x32xbf16>)
// CHECK-NEXT:  ^bb0(%[[KEY:.+]]: bf16, %{{.+}}: bf16):
// CHECK-NEXT:    linalg.yield %[[KEY]]
// CHECK:       linalg.fill {{.*}} outs(%{{.+}} : tensor<1x13x32xbf16>)
// CHECK:       %[[SCORES:.+]] = linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x48xf32>)
// CHECK:         tw.bf16_dot
// CHECK:       %[[TAIL:.+]] = tensor.extract_slice %[[SCORES]][0, 0, 32] [1, 16, 16]
// CHECK:       %[[LOWEST:.+]] = arith.constant 0xFF800000 : f32
// CHECK:       %[[END:.+]] = arith.constant 3 : index
// CHECK:       %[[HIDDEN:.+]] = linalg.generic {{.*}} outs(%[[TAIL]] : tensor<1x16x16xf32>)
// CHECK:         %[[COLUMN:.+]] = linalg.index 2
// CHECK:         %[[EXISTS:.+]] = arith.cmpi slt, %[[COLUMN]], %[[END]]
// CHECK:         arith.select %[[EXISTS]], %{{.+}}, %[[LOWEST]]
// CHECK:       tensor.insert_slice %[[HIDDEN]] into %[[SCORES]][0, 0, 32]
// CHECK:       linalg.fill {{.*}} outs(%{{.+}} : tensor<1x13x32xbf16>)
// CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %{{.+}} : tensor<1x16x24xi32>, tensor<1x24x32xi32>)
func.func @odd_keys(%q: tensor<1x16x32xbf16>, %k: tensor<1x35x32xbf16>, %v: tensor<1x35x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x35x32xbf16>, tensor<1x35x32xbf16>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// A mask has the keys that there are.
// CHECK-LABEL: func.func @odd_keys_with_a_mask(
// CHECK:       %[[SCORES:.+]] = linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x48xf32>)
// CHECK:       %[[KEYS:.+]] = tensor.extract_slice %[[SCORES]][0, 0, 0] [1, 16, 35]
// CHECK:       linalg.generic {{.*}} ins(%{{.+}} : tensor<1x16x35xi1>) outs(%[[KEYS]] : tensor<1x16x35xf32>)
// CHECK:       tensor.extract_slice %{{.+}}[0, 0, 32] [1, 16, 16]
func.func @odd_keys_with_a_mask(%q: tensor<1x16x32xbf16>, %k: tensor<1x35x32xbf16>, %v: tensor<1x35x32xbf16>, %m: tensor<1x16x35xi1>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x35x32xbf16>, tensor<1x35x32xbf16>) mask(%m : tensor<1x16x35xi1>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// Half of them would be zeros.
// CHECK-LABEL: func.func @no_padding_of_few_keys(
// CHECK-NOT:   tensor.insert_slice
// CHECK:       return
func.func @no_padding_of_few_keys(%q: tensor<1x16x32xbf16>, %k: tensor<1x7x32xbf16>, %v: tensor<1x7x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x7x32xbf16>, tensor<1x7x32xbf16>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}
