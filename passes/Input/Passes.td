// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def AttachTarget : Pass<"tw-attach-target", "::mlir::ModuleOp"> {
  let summary = "Attach the description of the target machine to the module";
  let description = [{
    Sets `tw.target` on the module from the options, unless the module has one: what a file says
    of its machine wins over the command line, so that a dump replays alike anywhere.

    Example:
    ```mlir
    module {}
    ```
    becomes
    ```mlir
    module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {}
    ```
  }];
  let options = [
    Option<"kind", "kind", "std::string", "\"cpu\"", "cpu or cuda">,
    Option<"vectorBits", "vector-bits", "int64_t", "512", "bits of a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "32", "number of vector registers">,
    Option<"l1Bytes", "l1-bytes", "int64_t", "49152", "bytes of the first-level data cache">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "1048576", "bytes of a core's second-level cache">
  ];
  let dependentDialects = ["::tw::TwDialect"];
}
