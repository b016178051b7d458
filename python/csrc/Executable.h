// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PYTHON_CSRC_EXECUTABLE_H
#define TILEWRIGHT_PYTHON_CSRC_EXECUTABLE_H

#include "python/csrc/Api.h"
#include <cstdint>
#include <memory>

namespace tw::python {

/// A tensor as the module ABI knows it: where its data is (contiguous) and its sizes.
struct TensorRecord {
  int64_t address = 0;
  std::vector<int64_t> sizes;
};

/// A buffer that the module asked for because the output's shape was known only while it ran. Its
/// owner frees it with freeOutput.
struct TakenOutput {
  int64_t index = 0;
  void *buffer = nullptr;
  std::vector<int64_t> sizes;
};
void freeOutput(void *buffer);

/// Asks the system for the tile registers of AMX; see tw_allow_tiles. Empty, or why not.
std::string allowTiles();

/// A compiled model in this process: its code, its arena and its threads. Calls from several host
/// threads take turns.
class Executable {
public:
  /// `numThreads` 0 means all available; `outputElementBytes` has one entry for each output.
  static Result<std::unique_ptr<Executable>> load(const std::string &object, int64_t numThreads,
                                                  const std::vector<int64_t> &outputElementBytes);
  ~Executable();

  /// Runs tw_init. Returns an error message, empty on success; so do the others.
  std::string init(const std::vector<TensorRecord> &arguments);

  /// Sets all arguments of tw_main, the outputs included. The memory must outlive the executable;
  /// `perCall` are the positions of those that every call gives anew.
  std::string bind(const std::vector<TensorRecord> &arguments, std::vector<int64_t> perCall);

  /// Runs tw_main on `arguments`, one for each of the positions given to bind.
  std::string run(const std::vector<TensorRecord> &arguments, std::vector<TakenOutput> &taken);

  /// From the next run on, adds up the time of the parallel regions of each group of operations.
  /// `numGroups` 0 ends it.
  void profile(int64_t numGroups);
  /// Of each group since then: how many regions ran, and their nanoseconds.
  std::vector<std::pair<int64_t, int64_t>> getGroupTimes();

  std::string setThreads(int64_t numThreads);
  int64_t getThreads();
  int64_t getArenaBytes() const;
  int64_t getScratchBytes() const;
  bool hasInit() const;

private:
  struct State;
  explicit Executable(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace tw::python

#endif // TILEWRIGHT_PYTHON_CSRC_EXECUTABLE_H
