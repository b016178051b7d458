// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// y = expf(x) elementwise for x of any length: the output is asked for with ctx->output, the libm
// symbol comes from the process. A negative element is reported with ctx->fail.
module {
  llvm.mlir.global external constant @tw_arena_bytes(0 : i64) : i64
  llvm.mlir.global external constant @tw_init_arena_bytes(0 : i64) : i64
  llvm.mlir.global external constant @tw_scratch_bytes(0 : i64) : i64
  llvm.mlir.global internal constant @message("an element is negative\00")
  llvm.func @expf(f32) -> f32

  llvm.func @tw_main(%ctx: !llvm.ptr, %args: !llvm.ptr) -> i32 {
    %ok = llvm.mlir.constant(0 : i32) : i32
    %bad = llvm.mlir.constant(1 : i32) : i32
    %zero = llvm.mlir.constant(0.0 : f32) : f32
    %c0 = llvm.mlir.constant(0 : i64) : i64
    %c1 = llvm.mlir.constant(1 : i64) : i64
    %null = llvm.mlir.zero : !llvm.ptr
    %record = llvm.load %args : !llvm.ptr -> !llvm.ptr
    %address = llvm.load %record : !llvm.ptr -> i64
    %x = llvm.inttoptr %address : i64 to !llvm.ptr
    %sizes = llvm.getelementptr %record[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %count = llvm.load %sizes : !llvm.ptr -> i64
    %output_field = llvm.getelementptr %ctx[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %output = llvm.load %output_field : !llvm.ptr -> !llvm.ptr
    %y = llvm.call %output(%ctx, %c0, %c1, %sizes) : !llvm.ptr, (!llvm.ptr, i64, i64, !llvm.ptr) -> !llvm.ptr
    %none = llvm.icmp "eq" %y, %null : !llvm.ptr
    llvm.cond_br %none, ^failed, ^loop(%c0 : i64)
  ^loop(%i: i64):
    %more = llvm.icmp "slt" %i, %count : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %xi = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %yi = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %xv = llvm.load %xi : !llvm.ptr -> f32
    %negative = llvm.fcmp "olt" %xv, %zero : f32
    llvm.cond_br %negative, ^report, ^compute
  ^compute:
    %yv = llvm.call @expf(%xv) : (f32) -> f32
    llvm.store %yv, %yi : f32, !llvm.ptr
    %next = llvm.add %i, %c1 : i64
    llvm.br ^loop(%next : i64)
  ^report:
    %fail_field = llvm.getelementptr %ctx[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %fail = llvm.load %fail_field : !llvm.ptr -> !llvm.ptr
    %message = llvm.mlir.addressof @message : !llvm.ptr
    llvm.call %fail(%ctx, %message) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> ()
    llvm.br ^failed
  ^failed:
    llvm.return %bad : i32
  ^done:
    llvm.return %ok : i32
  }
}
