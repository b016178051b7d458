// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_REGISTER_H
#define TILEWRIGHT_PASSES_REGISTER_H

namespace tw {

/// Registers every pass and every phase of Tilewright. The tools and the Python extension call
/// this and nothing else, so that none of them can lack a pass.
void registerAllPasses();

} // namespace tw

#endif // TILEWRIGHT_PASSES_REGISTER_H
