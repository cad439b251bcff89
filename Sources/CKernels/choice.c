#if !defined(__wasm__)
#include <stdlib.h>
#include <string.h>
#endif

#include "include/kernels.h"

extern const struct gradus_kernels gradus_kernels_portable;
#if defined(__x86_64__)
extern const struct gradus_kernels gradus_kernels_avx512bf16, gradus_kernels_avx512, gradus_kernels_avx2;
#endif

// The best first.
static const struct gradus_kernels *choose(const char *wanted) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  int has_pairs = has_avx512 && __builtin_cpu_supports("avx512bf16");
  int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_pairs && (!wanted || !strcmp(wanted, "avx512bf16"))) return &gradus_kernels_avx512bf16;
  if (has_avx512 && (!wanted || !strcmp(wanted, "avx512"))) return &gradus_kernels_avx512;
  if (has_avx2 && (!wanted || !strcmp(wanted, "avx2"))) return &gradus_kernels_avx2;
  if (wanted && strcmp(wanted, "portable")) return choose(0);
#endif
  return &gradus_kernels_portable;
}

#if defined(__wasm__)
// A page has no environment, and asking for one would be an import.
const struct gradus_kernels *gradus_kernels(void) { return choose(0); }
#else
const struct gradus_kernels *gradus_kernels(void) { return choose(getenv("GRADUS_KERNELS")); }
#endif
