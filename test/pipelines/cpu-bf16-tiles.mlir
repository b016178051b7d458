// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=amx stop-after=vectorize" | FileCheck %s --check-prefix=VECTOR
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=amx" | FileCheck %s --check-prefix=TILE
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=amx emulate-tiles" | FileCheck %s --check-prefix=MEMORY
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=amx" | mlir-translate -mlir-to-llvmir -allow-unregistered-dialect | llc -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=sapphirerapids | FileCheck %s --check-prefix=ASM

// A linear layer in the tiles of AMX: 32 rows and 32 columns in four registers, over 16 words, or
// 32 channels, at a time.
// VECTOR-LABEL: func.func @main(
// VECTOR:      scf.forall
// VECTOR:        scf.for %{{.*}} = %c0 to %c128 step %c16 iter_args({{.*}}) -> (vector<16x16xf32>, vector<16x16xf32>, vector<16x16xf32>, vector<16x16xf32>)
// VECTOR-NOT:      vector.transfer_write
// VECTOR-COUNT-4:  tw.tile_dot
// VECTOR-NOT:      vector.transfer_write
// VECTOR:          scf.yield

// TILE:        llvm.call_intrinsic "llvm.x86.tdpbf16ps.internal"
// MEMORY-NOT:  x86
// MEMORY:      llvm.intr.fma

// One configuration for the task; in the loop four loads, each where its tile is first needed, four
// products, and nothing spilled. Tiles
// are stored once, behind the loop, whose code stands before it.
// ASM-LABEL:   main_region0:
// ASM-NOT:     tile
// ASM:         ldtilecfg
// ASM-NOT:     tile
// ASM-COUNT-4: tilestored
// ASM-NOT:     tile
// ASM-COUNT-4: tilezero
// ASM-NOT:     tile
// ASM:         [[LOOP:\.LBB[0-9_]+]]:{{.*}}Parent Loop
// ASM:         tileloadd
// ASM:         tileloadd
// ASM:         tdpbf16ps
// ASM:         tileloadd
// ASM:         tdpbf16ps
// ASM:         tileloadd
// ASM:         tdpbf16ps
// ASM-NEXT:    tdpbf16ps
// ASM-NOT:     tile
// ASM:         jle [[LOOP]]
// ASM-NOT:     tile
// ASM:         tilerelease
// ASM-NOT:     tdpbf16ps

#bias = affine_map<(m, n) -> (n)>
#both = affine_map<(m, n) -> (m, n)>
func.func @main(%x: tensor<64x256xf32> {tw.input = "x"}, %w: tensor<192x256xf32> {tw.weight = "w"},
                %bias: tensor<192xf32> {tw.weight = "bias"}) -> tensor<64x192xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<256x192xf32>
  %t = linalg.transpose ins(%w : tensor<192x256xf32>) outs(%e0 : tensor<256x192xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<64x192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x192xf32>) -> tensor<64x192xf32>
  %m = linalg.matmul ins(%x, %t : tensor<64x256xf32>, tensor<256x192xf32>) outs(%f : tensor<64x192xf32>) -> tensor<64x192xf32>
  %r = linalg.generic {indexing_maps = [#both, #bias, #both], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<64x192xf32>, tensor<192xf32>) outs(%e : tensor<64x192xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<64x192xf32>
  return %r : tensor<64x192xf32>
}
