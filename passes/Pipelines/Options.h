// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_PIPELINES_OPTIONS_H
#define TILEWRIGHT_PASSES_PIPELINES_OPTIONS_H

#include "mlir/Pass/PassOptions.h"

namespace tw {

/// Options of a compilation. Every phase takes all of them, so that one option string fits each
/// phase run alone and the whole pipeline.
struct CompileOptions : mlir::PassPipelineOptions<CompileOptions> {
  /// Kind of the target: its phases come from getPhases(target).
  Option<std::string> target{*this, "target", llvm::cl::desc("cpu, or cuda for an NVIDIA GPU"),
                             llvm::cl::init("cpu")};
  /// The GPU that kernels are for; LLVM's name of it.
  Option<std::string> chip{*this, "chip",
                           llvm::cl::desc("the GPU of target cuda: sm_80, sm_90, ..."),
                           llvm::cl::init("sm_80")};
  /// Width of a vector register in bits: 512 for AVX-512, 256 for AVX2, 128 for NEON.
  Option<int64_t> vectorBits{*this, "vector-bits", llvm::cl::desc("bits of a vector register"),
                             llvm::cl::init(512)};
  Option<int64_t> vectorRegisters{*this, "vector-registers",
                                  llvm::cl::desc("number of vector registers"), llvm::cl::init(32)};
  Option<int64_t> l1Bytes{*this, "l1-bytes",
                          llvm::cl::desc("bytes of a core's first-level data cache"),
                          llvm::cl::init(49152)};
  Option<int64_t> l2Bytes{*this, "l2-bytes", llvm::cl::desc("bytes of a core's second-level cache"),
                          llvm::cl::init(1048576)};
  /// How bf16 are multiplied: two multiply-adds of f32, or an instruction for words of two.
  Option<std::string> bf16Dot{*this, "bf16-dot",
                              llvm::cl::desc("how bf16 are multiplied: fma, vdpbf16ps or amx"),
                              llvm::cl::init("fma")};
  /// Whether one instruction multiplies f32 by powers of two, as vscalefps of AVX-512 does.
  Option<bool> scalef{*this, "scalef",
                      llvm::cl::desc("an instruction multiplies by powers of two (AVX-512)"),
                      llvm::cl::init(false)};
  /// What contractions of f32 multiply: f32 or bf16.
  Option<std::string> precision{*this, "precision",
                                llvm::cl::desc("of what contractions of f32 multiply: f32 or bf16"),
                                llvm::cl::init("f32")};
  /// Tiles of bf16_dot=amx in memory, so that a processor without AMX can run what is for it.
  Option<bool> emulateTiles{*this, "emulate-tiles",
                            llvm::cl::desc("AMX tiles in memory, for any processor"),
                            llvm::cl::init(false)};
  /// Last phase to run; the whole pipeline when empty.
  Option<std::string> stopAfter{*this, "stop-after", llvm::cl::desc("last phase to run")};
  /// First phase to run; the input must be in its entry form.
  Option<std::string> startFrom{*this, "start-from", llvm::cl::desc("first phase to run")};
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_PIPELINES_OPTIONS_H
