// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What generated code asks of the runtime; see runtime/include/tilewright/module.h.
#ifndef TILEWRIGHT_DIALECTS_TW_TWRUNTIMEOPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWRUNTIMEOPS_TD

include "dialects/Tw/TwDialect.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tw_RuntimeOp<string mnemonic, list<Trait> traits = []> : Op<TwDialect, mnemonic, traits>;

def Tw_ArenaOp : Tw_RuntimeOp<"arena", [Pure]> {
  let summary = "The static workspace of the call";
  let description = [{
    Example:
    ```mlir
    %a = tw.arena : memref<4096xi8>
    ```
  }];
  let results = (outs MemRefRankOf<[I8], [1]>:$workspace);
  let assemblyFormat = "attr-dict `:` type($workspace)";
}

def Tw_ScratchOp : Tw_RuntimeOp<"scratch", [Pure]> {
  let summary = "The workspace of the worker that runs the task";
  let description = [{
    Only inside the body of a parallel loop, or in a function that `tw.launch` calls.

    Example:
    ```mlir
    %s = tw.scratch : memref<256xi8>
    ```
  }];
  let results = (outs MemRefRankOf<[I8], [1]>:$workspace);
  let assemblyFormat = "attr-dict `:` type($workspace)";
}

def Tw_AllocOp : Tw_RuntimeOp<"alloc", [MemoryEffects<[MemAlloc]>]> {
  let summary = "Workspace of a size known only in the call; it lives until the call ends";
  let description = [{
    Example:
    ```mlir
    %m = tw.alloc(%n) : memref<?x8xf32>
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = "`(` $sizes `)` attr-dict `:` type($memory)";
}

def Tw_OutputOp : Tw_RuntimeOp<"output", [MemoryEffects<[MemAlloc]>]> {
  let summary = "The memory of a result whose shape is known only in the call";
  let description = [{
    The host learns the sizes from it and gives the memory.

    Example:
    ```mlir
    %m = tw.output 0 (%n) : memref<?x8xf32>
    ```
  }];
  let arguments = (ins I64Attr:$index, Variadic<Index>:$sizes);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = "$index `(` $sizes `)` attr-dict `:` type($memory)";
}

def Tw_LaunchOp : Tw_RuntimeOp<"launch"> {
  let summary = "Runs a number of tasks on the threads of the call";
  let description = [{
    The callee gets the context, the first task, the task past the last, the worker's number and
    the arguments. `site` is the number of the group that the tasks belong to, for profilers.

    Example:
    ```mlir
    tw.launch @main_region0 tasks(%n) (%a, %b) : memref<4xf32>, memref<4xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Index:$tasks, Variadic<AnyType>:$captured,
                       DefaultValuedAttr<I64Attr, "-1">:$site);
  let assemblyFormat = [{
    $callee `tasks` `(` $tasks `)` `(` $captured `)` (`site` $site^)? attr-dict (`:` type($captured)^)?
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWRUNTIMEOPS_TD
