/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Linux keeps the 8 KiB of tile registers from processes that have not asked for them. */
#define _GNU_SOURCE
#include "failure.h"
#include "tilewright/runtime.h"

#if defined(__linux__) && defined(__x86_64__)
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM of asm/prctl.h, since Linux 5.16 */
#define TILE_DATA 18              /* number of the state component XTILEDATA */

tw_status tw_allow_tiles(tw_error *error) {
  if (syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0)
    return TW_OK;
  return tw_failure(error, TW_NOT_SUPPORTED,
                    "Linux does not let this process use the tile registers of AMX (%s): the "
                    "processor has none, or the kernel is older than 5.16",
                    strerror(errno));
}
#else
tw_status tw_allow_tiles(tw_error *error) {
  return tw_failure(error, TW_NOT_SUPPORTED,
                    "only x86-64 under Linux has the tile registers of AMX");
}
#endif
