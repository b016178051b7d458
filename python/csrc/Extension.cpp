// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The module `tilewright._core`: the thinnest possible binding of Api.h and Executable.h.
#include "mlir-c/Bindings/Python/Interop.h"
#include "python/csrc/Api.h"
#include "python/csrc/Executable.h"
#include "python/csrc/PassTimer.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace tw::python;

namespace {

/// MLIR's Python objects hand themselves over in a capsule.
nb::object getCapsule(nb::handle object) { return object.attr(MLIR_PYTHON_CAPI_PTR_ATTR); }

MlirContext getContext(nb::handle object) {
  MlirContext context = mlirPythonCapsuleToContext(getCapsule(object).ptr());
  if (mlirContextIsNull(context))
    throw nb::type_error("expected an mlir.ir.Context");
  return context;
}

MlirOperation getOperation(nb::handle object) {
  nb::object operation =
      nb::hasattr(object, "operation") ? object.attr("operation") : nb::borrow(object);
  MlirOperation result = mlirPythonCapsuleToOperation(getCapsule(operation).ptr());
  if (mlirOperationIsNull(result))
    throw nb::type_error("expected an mlir.ir.Module or Operation");
  return result;
}

std::unique_ptr<PassTimer> makePassTimer(nb::handle object) {
  MlirPassManager passManager = mlirPythonCapsuleToPassManager(getCapsule(object).ptr());
  if (mlirPassManagerIsNull(passManager))
    throw nb::type_error("expected an mlir.passmanager.PassManager");
  return std::make_unique<PassTimer>(passManager);
}

void throwIfError(const std::string &error) {
  if (!error.empty())
    throw std::runtime_error(error);
}

std::vector<std::string> enabledFeatures(const std::string &triple, const std::string &cpu,
                                         const std::string &features) {
  Result<std::vector<std::string>> result = getEnabledFeatures({triple, cpu, features});
  throwIfError(result.error);
  return result.value;
}

nb::bytes emitModule(nb::handle module, const std::string &kind, const std::string &triple,
                     const std::string &cpu, const std::string &features, int optLevel) {
  MlirOperation operation = getOperation(module);
  Result<std::string> result;
  {
    nb::gil_scoped_release release;
    result = emit(operation, kind, {triple, cpu, features}, optLevel);
  }
  throwIfError(result.error);
  return nb::bytes(result.value.data(), result.value.size());
}

using Record = std::pair<int64_t, std::vector<int64_t>>;

std::vector<TensorRecord> getRecords(const std::vector<Record> &arguments) {
  std::vector<TensorRecord> records;
  records.reserve(arguments.size());
  for (const Record &argument : arguments)
    records.push_back({argument.first, argument.second});
  return records;
}

std::unique_ptr<Executable> loadExecutable(nb::bytes object, int64_t threads,
                                           const std::vector<int64_t> &outputElementBytes) {
  std::string bytes(object.c_str(), object.size());
  Result<std::unique_ptr<Executable>> result;
  {
    nb::gil_scoped_release release;
    result = Executable::load(bytes, threads, outputElementBytes);
  }
  throwIfError(result.error);
  return std::move(result.value);
}

void initExecutable(Executable &self, const std::vector<Record> &arguments) {
  std::string error;
  {
    nb::gil_scoped_release release;
    error = self.init(getRecords(arguments));
  }
  throwIfError(error);
}

void bindExecutable(Executable &self, const std::vector<Record> &arguments,
                    std::vector<int64_t> perCall) {
  throwIfError(self.bind(getRecords(arguments), std::move(perCall)));
}

/// Each output that the module allocated: its index, its shape, and its elements as bytes.
nb::list runExecutable(Executable &self, const std::vector<Record> &arguments,
                       const std::vector<int64_t> &elementBytes) {
  std::string error;
  std::vector<TakenOutput> taken;
  {
    nb::gil_scoped_release release;
    error = self.run(getRecords(arguments), taken);
  }
  nb::list outputs;
  for (TakenOutput &output : taken) {
    size_t bytes = elementBytes.at(output.index);
    for (int64_t size : output.sizes)
      bytes *= size;
    nb::capsule owner(output.buffer, [](void *buffer) noexcept { freeOutput(buffer); });
    nb::ndarray<nb::numpy, uint8_t, nb::ndim<1>> data(output.buffer, {bytes}, owner);
    outputs.append(nb::make_tuple(output.index, nb::cast(output.sizes), nb::cast(data)));
  }
  throwIfError(error);
  return outputs;
}

void setThreads(Executable &self, int64_t threads) {
  std::string error;
  {
    nb::gil_scoped_release release;
    error = self.setThreads(threads);
  }
  throwIfError(error);
}

} // namespace

NB_MODULE(_core, m) {
  m.doc() = "The compiled part of Tilewright. Use the functions of `tilewright` instead.";
  registerPasses();
  m.attr("llvm_version") = getLLVMVersion();
  m.def(
      "register_dialects", [](nb::handle context) { registerDialects(getContext(context)); },
      "context"_a);
  m.def("phases", &getPhases, "target"_a);
  m.def("host_target", [] {
    Machine host = getHostMachine();
    return nb::make_tuple(host.triple, host.cpu, host.features);
  });
  m.def("allow_tiles", &allowTiles);
  m.def("enabled_features", &enabledFeatures, "triple"_a, "cpu"_a, "features"_a);
  m.def("emit", &emitModule, "module"_a, "kind"_a, "triple"_a, "cpu"_a, "features"_a,
        "opt_level"_a);
  m.def("start_pass_trace", &startPassTrace);
  m.def("take_pass_trace", &takePassTrace);
  nb::class_<PassTimer>(m, "PassTimer")
      .def(nb::new_(&makePassTimer), "pass_manager"_a)
      .def("take", &PassTimer::take);
  nb::class_<Executable>(m, "Executable")
      .def(nb::new_(&loadExecutable), "object"_a, "threads"_a, "output_element_bytes"_a)
      .def("init", &initExecutable, "arguments"_a)
      .def("bind", &bindExecutable, "arguments"_a, "per_call"_a)
      .def("run", &runExecutable, "arguments"_a, "element_bytes"_a)
      .def("profile", &Executable::profile, "groups"_a)
      .def_prop_ro("group_times", &Executable::getGroupTimes)
      .def_prop_rw("threads", &Executable::getThreads, &setThreads)
      .def_prop_ro("arena_bytes", &Executable::getArenaBytes)
      .def_prop_ro("scratch_bytes", &Executable::getScratchBytes)
      .def_prop_ro("has_init", &Executable::hasInit);
}
