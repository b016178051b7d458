// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProtectArguments : Pass<"tw-protect-arguments", "::mlir::func::FuncOp"> {
  let summary = "Forbid bufferization to write into what the host passes";
  let description = [{
    Inputs belong to the user and weights to every later call. Upstream's bufferization takes each
    argument of a function as memory that it may reuse, unless it is marked. Arguments that are
    marked already keep their mark, so a caller can still give a buffer away, and those with
    `tw.updated_by` may be written to: their old values are gone after the call. Arguments that
    are not tensors have no memory and are left alone.

    Example:
    ```mlir
    func.func @main(%x: tensor<4xf32> {tw.input = "x"})
    ```
    becomes
    ```mlir
    func.func @main(%x: tensor<4xf32> {bufferization.writable = false, tw.input = "x"})
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def SeparateEmptyTensors : Pass<"tw-separate-empty-tensors", "::mlir::func::FuncOp"> {
  let summary = "Give each use of an empty tensor a tensor of its own";
  let description = [{
    A `tensor.empty` says that a result needs memory, and equal ones are made one by common
    subexpression elimination. Bufferization then sees several results computed in the same memory
    and copies all but one. Here each use gets its own, right before the user, and slices and
    reshapes of empty tensors become empty tensors, so that each can become a slice of where the
    result is wanted. A slice that is put back where it was taken from stays, and so does the
    tensor: that is one place already.

    Example:
    ```mlir
    %e = tensor.empty() : tensor<8xf32>
    %a = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
    %b = linalg.log ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
    ```
    becomes
    ```mlir
    %e = tensor.empty() : tensor<8xf32>
    %a = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
    %f = tensor.empty() : tensor<8xf32>
    %b = linalg.log ins(%x : tensor<8xf32>) outs(%f : tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def BindResults : Pass<"tw-bind-results", "::mlir::ModuleOp"> {
  let summary = "Write results into memory that the host gives";
  let description = [{
    A result of a static shape becomes an argument with the attribute `tw.result`; one of a
    dynamic shape is asked for by `tw.output` when its sizes are known. Where the result is a
    buffer allocated in the function (or a reshape of one), that allocation goes away; anything
    else (an argument, a part of a buffer, a buffer returned twice) is copied. Functions return
    an i32 instead: 0 for success.

    A result that an argument is `tw.updated_by` belongs there: nothing is left to do when it has
    been computed in place, and otherwise it is copied at the end of the function.

    Example:
    ```mlir
    func.func @main(%x: memref<4xf32>) -> memref<4xf32> {
      %a = memref.alloc() : memref<4xf32>
      return %a : memref<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @main(%x: memref<4xf32>, %a: memref<4xf32> {tw.result = 0 : i64}) -> i32 {
      %zero = arith.constant 0 : i32
      return %zero : i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::tw::TwDialect"];
}

def PlanArena : Pass<"tw-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Place every buffer in one arena";
  let description = [{
    Static allocations of a function become views of one arena; two of them share bytes when
    their lifetimes do not meet (greedy by size, first fit). Inside a parallel loop the same is
    done with the worker's scratch. Dynamic allocations are taken from the call's workspace by
    `tw.alloc`. The function gets `tw.arena_bytes` and `tw.scratch_bytes`.

    Example:
    ```mlir
    %a = memref.alloc() : memref<16xf32>
    ```
    becomes
    ```mlir
    %arena = tw.arena : memref<64xi8>
    %a = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::tw::TwDialect"];
}

def PlaceInsertions : Pass<"tw-place-insertions", "::mlir::func::FuncOp"> {
  let summary = "Let what is inserted into a tensor be computed in its place";
  let description = [{
    Padding inserts a tensor into a filled one, a concatenation inserts several into one that is
    empty, and a task inserts its tile into what all tasks share. What is inserted is computed
    where it belongs, without a copy: the `tensor.empty` from which it starts becomes a slice of the
    larger tensor. For that the larger one must be there before, belong to this insertion alone,
    and nobody may read the smaller one after: bufferization takes an insertion for a change of
    both. So
    - each insertion gets a fill of its own, of which common subexpression elimination has made one
      of equal ones, in front of whatever computes the inserted tensor. A fill is an operation, or a
      few, that read nothing but constants;
    - insertions come right behind what computes the inserted tensor;
    - those that read the inserted tensor later read it from where it was inserted, unless they
      change its shape or write into it.

    A tensor that is inserted without its dimensions of size 1 is computed in its place with them.

    Runs behind all that folds: a slice of an insertion is the inserted tensor to a folder.

    Example:
    ```mlir
    %x = linalg.exp ins(%i : tensor<4xf32>) outs(%d : tensor<4xf32>) -> tensor<4xf32>
    %f = linalg.fill ins(%c0 : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
    %a = tensor.insert_slice %x into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
    %b = linalg.log ins(%x : tensor<4xf32>) outs(%h : tensor<4xf32>) -> tensor<4xf32>
    ```
    becomes
    ```mlir
    %f = linalg.fill ins(%c0 : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
    %p = tensor.extract_slice %f[1] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %x = linalg.exp ins(%i : tensor<4xf32>) outs(%p : tensor<4xf32>) -> tensor<4xf32>
    %a = tensor.insert_slice %x into %f[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
    %s = tensor.extract_slice %a[1] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %b = linalg.log ins(%s : tensor<4xf32>) outs(%h : tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}
