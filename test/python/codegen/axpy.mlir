// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module as the lowering leaves it, written by hand: y[i] = w[i] * x[i] + p[i] for 8 elements,
// in a parallel region, where tw_init prepares p[i] = 2 * w[i].
// Arguments of tw_main: x, w, p, y. Arguments of tw_init: w, p.
module {
  llvm.mlir.global external constant @tw_arena_bytes(128 : i64) : i64
  llvm.mlir.global external constant @tw_init_arena_bytes(64 : i64) : i64
  llvm.mlir.global external constant @tw_scratch_bytes(256 : i64) : i64

  llvm.func @data(%args: !llvm.ptr, %index: i64) -> !llvm.ptr {
    %slot = llvm.getelementptr %args[%index] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.ptr
    %record = llvm.load %slot : !llvm.ptr -> !llvm.ptr
    %address = llvm.load %record : !llvm.ptr -> i64
    %data = llvm.inttoptr %address : i64 to !llvm.ptr
    llvm.return %data : !llvm.ptr
  }

  llvm.func @task(%ctx: !llvm.ptr, %args: !llvm.ptr, %begin: i64, %end: i64, %worker: i64) {
    %c0 = llvm.mlir.constant(0 : i64) : i64
    %c1 = llvm.mlir.constant(1 : i64) : i64
    %c2 = llvm.mlir.constant(2 : i64) : i64
    %c3 = llvm.mlir.constant(3 : i64) : i64
    %x = llvm.call @data(%args, %c0) : (!llvm.ptr, i64) -> !llvm.ptr
    %w = llvm.call @data(%args, %c1) : (!llvm.ptr, i64) -> !llvm.ptr
    %p = llvm.call @data(%args, %c2) : (!llvm.ptr, i64) -> !llvm.ptr
    %y = llvm.call @data(%args, %c3) : (!llvm.ptr, i64) -> !llvm.ptr
    llvm.br ^loop(%begin : i64)
  ^loop(%i: i64):
    %more = llvm.icmp "slt" %i, %end : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %xi = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %wi = llvm.getelementptr %w[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %pi = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %yi = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %xv = llvm.load %xi : !llvm.ptr -> f32
    %wv = llvm.load %wi : !llvm.ptr -> f32
    %pv = llvm.load %pi : !llvm.ptr -> f32
    %product = llvm.fmul %xv, %wv : f32
    %sum = llvm.fadd %product, %pv : f32
    llvm.store %sum, %yi : f32, !llvm.ptr
    %next = llvm.add %i, %c1 : i64
    llvm.br ^loop(%next : i64)
  ^done:
    llvm.return
  }

  llvm.func @tw_main(%ctx: !llvm.ptr, %args: !llvm.ptr) -> i32 {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %count = llvm.mlir.constant(8 : i64) : i64
    %field = llvm.getelementptr %ctx[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %parallel_for = llvm.load %field : !llvm.ptr -> !llvm.ptr
    %task = llvm.mlir.addressof @task : !llvm.ptr
    llvm.call %parallel_for(%ctx, %task, %args, %count) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return %zero : i32
  }

  llvm.func @tw_init(%ctx: !llvm.ptr, %args: !llvm.ptr) -> i32 {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %c0 = llvm.mlir.constant(0 : i64) : i64
    %c1 = llvm.mlir.constant(1 : i64) : i64
    %w = llvm.call @data(%args, %c0) : (!llvm.ptr, i64) -> !llvm.ptr
    %p = llvm.call @data(%args, %c1) : (!llvm.ptr, i64) -> !llvm.ptr
    %two = llvm.mlir.constant(dense<2.0> : vector<8xf32>) : vector<8xf32>
    %wv = llvm.load %w {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
    %pv = llvm.fmul %wv, %two : vector<8xf32>
    llvm.store %pv, %p {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
    llvm.return %zero : i32
  }
}
