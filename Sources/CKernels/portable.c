#define VARIANT portable
// Every ARM processor of 64 bits has one.
#if defined(__aarch64__)
#define HAS_FMA 1
#else
#define HAS_FMA 0
#endif
#define HAS_PAIRS 0
#define TILE_ROWS 3
#include "body.h"
