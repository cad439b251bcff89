#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define VARIANT avx512
#define HAS_FMA 1
#define HAS_PAIRS 0
#define TILE_ROWS 12
#include "body.h"
#pragma clang attribute pop
#endif
