// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "python/csrc/Executable.h"

#include "codegen/LoadedObject.h"
#include "tilewright/runtime.h"
#include <algorithm>
#include <mutex>

using namespace tw::python;

namespace {

/// Tensor records in one block of memory, and the table of pointers to them that modules take.
struct ArgumentTable {
  explicit ArgumentTable(const std::vector<TensorRecord> &arguments) {
    size_t total = 0;
    for (const TensorRecord &argument : arguments) {
      offsets.push_back(total);
      ranks.push_back(argument.sizes.size());
      total += 1 + argument.sizes.size();
    }
    words.resize(total);
    for (size_t index = 0; index < arguments.size(); ++index) {
      set(index, arguments[index]);
      pointers.push_back(words.data() + offsets[index]);
    }
  }

  void set(size_t index, const TensorRecord &argument) {
    int64_t *record = words.data() + offsets[index];
    record[0] = argument.address;
    std::copy(argument.sizes.begin(), argument.sizes.end(), record + 1);
  }

  std::vector<int64_t> words;
  std::vector<size_t> offsets, ranks;
  std::vector<int64_t *> pointers;
};

} // namespace

struct Executable::State {
  std::mutex mutex;
  std::unique_ptr<tw::codegen::LoadedObject> object;
  tw_runtime *runtime = nullptr;
  int64_t numOutputs = 0;
  ArgumentTable arguments{{}};
  std::vector<int64_t> perCall;
  std::vector<tw_site_time> groupTimes;

  ~State() { tw_runtime_destroy(runtime); }

  std::string call(tw::codegen::LoadedObject::Entry entry, int64_t *const *table) {
    if (tw_runtime_call(runtime, entry, table) == TW_OK)
      return "";
    const char *message = tw_runtime_error(runtime);
    return message && *message ? message : "the compiled module failed without a message";
  }
};

Executable::Executable(std::unique_ptr<State> state) : state(std::move(state)) {}
Executable::~Executable() = default;

void tw::python::freeOutput(void *buffer) { tw_free(buffer); }

std::string tw::python::allowTiles() {
  tw_error error = {};
  return tw_allow_tiles(&error) == TW_OK ? "" : error.message;
}

Result<std::unique_ptr<Executable>>
Executable::load(const std::string &object, int64_t numThreads,
                 const std::vector<int64_t> &outputElementBytes) {
  auto loaded = codegen::LoadedObject::load(object);
  if (!loaded)
    return {nullptr, llvm::toString(loaded.takeError())};
  auto state = std::make_unique<State>();
  state->object = std::move(*loaded);
  state->numOutputs = outputElementBytes.size();
  tw_runtime_options options = {};
  options.arena_bytes = std::max(state->object->arenaBytes, state->object->initArenaBytes);
  options.scratch_bytes = state->object->scratchBytes;
  options.num_threads = numThreads;
  options.num_outputs = state->numOutputs;
  options.output_element_bytes = outputElementBytes.data();
  tw_error error = {};
  state->runtime = tw_runtime_create(&options, &error);
  if (!state->runtime)
    return {nullptr, error.message};
  return {std::unique_ptr<Executable>(new Executable(std::move(state))), ""};
}

std::string Executable::init(const std::vector<TensorRecord> &arguments) {
  if (!state->object->init)
    return "the module has no tw_init";
  std::lock_guard<std::mutex> guard(state->mutex);
  ArgumentTable table(arguments);
  return state->call(state->object->init, table.pointers.data());
}

std::string Executable::bind(const std::vector<TensorRecord> &arguments,
                             std::vector<int64_t> perCall) {
  for (int64_t position : perCall)
    if (position < 0 || position >= int64_t(arguments.size()))
      return "argument " + std::to_string(position) + " is given per call, but there are " +
             std::to_string(arguments.size());
  std::lock_guard<std::mutex> guard(state->mutex);
  state->arguments = ArgumentTable(arguments);
  state->perCall = std::move(perCall);
  return "";
}

std::string Executable::run(const std::vector<TensorRecord> &arguments,
                            std::vector<TakenOutput> &taken) {
  std::lock_guard<std::mutex> guard(state->mutex);
  if (arguments.size() != state->perCall.size())
    return "the module takes " + std::to_string(state->perCall.size()) + " tensors a call, got " +
           std::to_string(arguments.size());
  for (size_t index = 0; index < arguments.size(); ++index) {
    size_t position = state->perCall[index];
    if (arguments[index].sizes.size() != state->arguments.ranks[position])
      return "argument " + std::to_string(position) + " has rank " +
             std::to_string(state->arguments.ranks[position]) + ", got " +
             std::to_string(arguments[index].sizes.size());
    state->arguments.set(position, arguments[index]);
  }
  std::string error = state->call(state->object->main, state->arguments.pointers.data());
  if (!error.empty())
    return error;
  for (int64_t index = 0; index < state->numOutputs; ++index) {
    const tw_output *output = tw_runtime_output(state->runtime, index);
    if (!output)
      continue;
    TakenOutput result;
    result.index = index;
    result.sizes.assign(output->record + 1, output->record + 1 + output->rank);
    result.buffer = tw_runtime_take_output(state->runtime, index);
    taken.push_back(std::move(result));
  }
  return "";
}

void Executable::profile(int64_t numGroups) {
  std::lock_guard<std::mutex> guard(state->mutex);
  state->groupTimes.assign(std::max<int64_t>(0, numGroups), tw_site_time{});
  tw_runtime_profile(state->runtime, state->groupTimes.data(), state->groupTimes.size());
}

std::vector<std::pair<int64_t, int64_t>> Executable::getGroupTimes() {
  std::lock_guard<std::mutex> guard(state->mutex);
  std::vector<std::pair<int64_t, int64_t>> times;
  for (const tw_site_time &site : state->groupTimes)
    times.emplace_back(site.regions, site.ns);
  return times;
}

std::string Executable::setThreads(int64_t numThreads) {
  std::lock_guard<std::mutex> guard(state->mutex);
  tw_error error = {};
  if (tw_runtime_set_threads(state->runtime, numThreads, &error) != TW_OK)
    return error.message;
  return "";
}

int64_t Executable::getThreads() {
  std::lock_guard<std::mutex> guard(state->mutex);
  return tw_runtime_context(state->runtime)->num_threads;
}

int64_t Executable::getArenaBytes() const {
  return std::max(state->object->arenaBytes, state->object->initArenaBytes);
}

int64_t Executable::getScratchBytes() const { return state->object->scratchBytes; }

bool Executable::hasInit() const { return state->object->init != nullptr; }
