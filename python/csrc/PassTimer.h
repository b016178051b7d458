// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PYTHON_CSRC_PASSTIMER_H
#define TILEWRIGHT_PYTHON_CSRC_PASSTIMER_H

#include "mlir-c/Pass.h"
#include <memory>
#include <string>

namespace tw::python {

/// Times the passes of a pass manager with MLIR's own instrumentation. Has to outlive its runs.
class PassTimer {
public:
  explicit PassTimer(MlirPassManager passManager);
  ~PassTimer();

  /// The tree of passes as MLIR prints it as JSON. Ends the timing.
  std::string take();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace tw::python

#endif // TILEWRIGHT_PYTHON_CSRC_PASSTIMER_H
