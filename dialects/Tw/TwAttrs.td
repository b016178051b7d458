// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_DIALECTS_TW_TWATTRS_TD
#define TILEWRIGHT_DIALECTS_TW_TWATTRS_TD

include "dialects/Tw/TwDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Tw_Attr<string name, string attrMnemonic> : AttrDef<TwDialect, name> {
  let mnemonic = attrMnemonic;
}

def Tw_ScheduleAttr : Tw_Attr<"Schedule", "schedule"> {
  let summary = "How a group is computed: the tile of each level";
  let description = [{
    Tile sizes are given per dimension of the group's result (the iteration space of its last
    operation); 0 leaves the dimension whole.

    - `distribute`: the tile that one task of the parallel loop computes; on a GPU, one thread;
    - `registers`: the tile whose results are kept in vector registers;
    - `reduction`: the step of each reduction dimension of the root, outermost first, inside the
      register tile. 1 for contractions and windows (the accumulators stay in registers); the
      vector length for row reductions.
    - `lanes`: elements of one vector operation along the innermost vectorized dimension; on a
      GPU, the threads of a block.

    Example: a matmul whose tasks compute 64 columns with a 12 by 32 register tile:
    ```mlir
    #tw.schedule<distribute = [0, 64], registers = [12, 32], reduction = [1], lanes = 16>
    ```
  }];
  let parameters = (ins
    OptionalArrayRefParameter<"int64_t">:$distribute,
    OptionalArrayRefParameter<"int64_t">:$registers,
    OptionalArrayRefParameter<"int64_t">:$reduction,
    DefaultValuedParameter<"int64_t", "0">:$lanes
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tw_TargetAttr : Tw_Attr<"Target", "target"> {
  let summary = "The machine that the module is compiled for";
  let description = [{
    Attached to the module as `tw.target`. Heuristics read it; nothing asks the host. `bf16_dot` is
    how bf16 are multiplied: `fma` in f32, `vdpbf16ps` of AVX512-BF16, or `amx` in its tiles. With
    `scalef`, one instruction multiplies by powers of two: `vscalefps` of AVX-512.

    Example:
    ```mlir
    module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {}
    ```
  }];
  let parameters = (ins
    StringRefParameter<"cpu or cuda">:$kind,
    "int64_t":$vectorBits,
    "int64_t":$vectorRegisters,
    "int64_t":$l1Bytes,
    "int64_t":$l2Bytes,
    StringRefParameter<"fma, vdpbf16ps or amx", [{"fma"}]>:$bf16Dot,
    DefaultValuedParameter<"bool", "false">:$scalef
  );
  let genVerifyDecl = 1;
  let assemblyFormat = [{
    `<` `kind` `=` $kind `,` `vector_bits` `=` $vectorBits `,`
    `vector_registers` `=` $vectorRegisters `,` `l1_bytes` `=` $l1Bytes `,`
    `l2_bytes` `=` $l2Bytes `` custom<Instructions>($bf16Dot, $scalef) `>`
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWATTRS_TD
