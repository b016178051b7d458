// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/LoadedObject.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include <set>

using namespace llvm;

tw::codegen::LoadedObject::LoadedObject(std::unique_ptr<orc::LLJIT> jit) : jit(std::move(jit)) {}

tw::codegen::LoadedObject::~LoadedObject() = default;

static Error failure(const Twine &message) { return createStringError(message.str()); }

/// Names that the object defines, after checking that it is one for this machine.
static Expected<std::set<std::string>> readSymbols(MemoryBufferRef object) {
  Expected<std::unique_ptr<object::ObjectFile>> file = object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  Triple host(sys::getProcessTriple());
  if ((*file)->getArch() != host.getArch())
    return failure("the object is for " + Triple::getArchTypeName((*file)->getArch()) +
                   ", this machine is " + host.getArchName());
  std::set<std::string> names;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (*flags & object::SymbolRef::SF_Undefined)
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    names.insert(name->str());
  }
  return names;
}

Expected<std::unique_ptr<tw::codegen::LoadedObject>>
tw::codegen::LoadedObject::load(StringRef object) {
  InitializeNativeTarget();
  auto buffer = MemoryBuffer::getMemBufferCopy(object, "tilewright-module");
  Expected<std::set<std::string>> symbols = readSymbols(*buffer);
  if (!symbols)
    return symbols.takeError();

  // No platform: modules have no static constructors and no thread-local data.
  auto jit = orc::LLJITBuilder().setPlatformSetUp(orc::setUpInactivePlatform).create();
  if (!jit)
    return jit.takeError();
  std::string reported;
  (*jit)->getExecutionSession().setErrorReporter(
      [&](Error error) { reported += toString(std::move(error)) + "\n"; });
  // The process may have libm loaded privately only.
  if (auto libm = orc::DynamicLibrarySearchGenerator::Load(
          "libm.so.6", (*jit)->getDataLayout().getGlobalPrefix()))
    (*jit)->getMainJITDylib().addGenerator(std::move(*libm));
  else
    consumeError(libm.takeError());
  if (Error error = (*jit)->addObjectFile(std::move(buffer)))
    return std::move(error);

  std::unique_ptr<LoadedObject> loaded(new LoadedObject(std::move(*jit)));
  auto find = [&](StringRef name, bool required) -> Expected<orc::ExecutorAddr> {
    if (!symbols->count(name.str())) {
      if (required)
        return failure("the object does not define " + name + "; it is not a Tilewright module");
      return orc::ExecutorAddr();
    }
    Expected<orc::ExecutorAddr> address = loaded->jit->lookup(name);
    if (!address)
      return failure(toString(address.takeError()) + (reported.empty() ? "" : "\n" + reported));
    return address;
  };
  auto main = find("tw_main", true);
  if (!main)
    return main.takeError();
  auto init = find("tw_init", false);
  if (!init)
    return init.takeError();
  loaded->main = main->toPtr<Entry>();
  loaded->init = init->isNull() ? nullptr : init->toPtr<Entry>();
  std::pair<StringRef, int64_t *> sizes[] = {{"tw_arena_bytes", &loaded->arenaBytes},
                                             {"tw_init_arena_bytes", &loaded->initArenaBytes},
                                             {"tw_scratch_bytes", &loaded->scratchBytes}};
  for (auto [name, value] : sizes) {
    auto address = find(name, true);
    if (!address)
      return address.takeError();
    *value = *address->toPtr<const int64_t *>();
  }
  loaded->jit->getExecutionSession().setErrorReporter(
      [](Error error) { consumeError(std::move(error)); });
  return loaded;
}
