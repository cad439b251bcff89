#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VARIANT avx2
#define HAS_FMA 1
#define HAS_PAIRS 0
#define TILE_ROWS 3
#include "body.h"
#pragma clang attribute pop
#endif
