// RUN: tw-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{tile sizes must be 0 (whole) or positive, got -1}}
#s = #tw.schedule<distribute = [-1]>

// -----

// expected-error @below {{unknown schedule field 'tiles'; expected distribute, registers, reduction or lanes}}
#s = #tw.schedule<tiles = [1]>

// -----

// expected-error @below {{distribute has 1 sizes and registers has 2}}
#s = #tw.schedule<distribute = [1], registers = [1, 2]>

// -----

func.func @schedule_rank(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has a schedule of 2 dimensions for a result of rank 1}}
  %r = tw.group schedule(<distribute = [1, 2]>) -> tensor<4xf32> {
    tw.yield %x : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

func.func @yield_types(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @below {{yields 'tensor<4xf32>' but returns 'tensor<5xf32>'}}
  %r = tw.group -> tensor<5xf32> {
    tw.yield %x : tensor<4xf32>
  }
  return %r : tensor<5xf32>
}

// -----

func.func @silent_assert(%ok: i1) {
  // expected-error @below {{needs a message that says what went wrong}}
  tw.assert %ok, ""
  return
}
