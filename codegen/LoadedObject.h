// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_LOADEDOBJECT_H
#define TILEWRIGHT_CODEGEN_LOADEDOBJECT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>

struct tw_context;

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace tw::codegen {

/// An object file linked into this process. Its code goes away with it.
class LoadedObject {
public:
  using Entry = int32_t (*)(tw_context *, int64_t *const *);

  /// Links `object`, the bytes of an object file that exports the module ABI. Symbols that it
  /// lacks are taken from this process and from libm.
  static llvm::Expected<std::unique_ptr<LoadedObject>> load(llvm::StringRef object);
  ~LoadedObject();

  Entry main = nullptr;
  /// Null when the module has nothing to prepare.
  Entry init = nullptr;
  int64_t arenaBytes = 0;
  int64_t initArenaBytes = 0;
  int64_t scratchBytes = 0;

private:
  LoadedObject(std::unique_ptr<llvm::orc::LLJIT> jit);
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_LOADEDOBJECT_H
