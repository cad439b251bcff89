// Sixteen floats at a time; the compiler maps them to the CPU's registers.
#include <stddef.h>
#if defined(__wasm__)
// A page has no C library's headers, and the compiler knows these.
#define INFINITY __builtin_inff()
#define sqrtf __builtin_sqrtf
#define logf __builtin_logf
#define memcpy __builtin_memcpy
#define memset __builtin_memset
#else
#include <math.h>
#include <string.h>
#endif

// Every function that takes a vector is inlined, so the calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef float v16_anywhere __attribute__((vector_size(64), aligned(4)));
typedef uint32_t u32 __attribute__((vector_size(64)));
typedef uint16_t u16 __attribute__((vector_size(32)));
typedef uint16_t u16_anywhere __attribute__((vector_size(32), aligned(2)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE v16 load(const float *p) { return *(const v16_anywhere *)p; }
INLINE void store(float *p, v16 x) { *(v16_anywhere *)p = x; }
INLINE v16 splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// One rounding where the CPU has a fused instruction; elsewhere an emulating function would be far too slow. Sums of products
// in a loop of single numbers need it too: of `sum += a * b` a compiler makes one rounding or two, as it likes.
#if HAS_FMA
INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE float fma1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#else
INLINE v16 fma16(v16 a, v16 b, v16 c) { return a * b + c; }
INLINE float fma1(float a, float b, float c) { return a * b + c; }
#endif

INLINE v16 larger(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
INLINE v16 smaller(v16 a, v16 b) { return __builtin_elementwise_min(a, b); }

// The sum of all lanes, always by the same tree.
INLINE float sum16(v16 x) {
  float s[16];
  store(s, x);
  UNROLL for (int step = 8; step > 0; step /= 2) UNROLL for (int i = 0; i < step; i++) s[i] += s[i + step];
  return s[0];
}

INLINE float largest16(v16 x) {
  float s[16];
  store(s, x);
  UNROLL for (int step = 8; step > 0; step /= 2)
      UNROLL for (int i = 0; i < step; i++) s[i] = s[i] > s[i + step] ? s[i] : s[i + step];
  return s[0];
}

// All bits of the first `n` lanes.
INLINE i16 lanes_below(long n) {
  i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  int32_t count = (int32_t)n;
  return lane < (i16){count, count, count, count, count, count, count, count, count, count, count, count, count, count,
                      count, count};
}

INLINE v16 chosen(i16 lanes, v16 x, v16 other) { return (v16)(((i16)x & lanes) | ((i16)other & ~lanes)); }

// The first `n` lanes of x; `rest` in the others.
INLINE v16 first_lanes(v16 x, long n, float rest) { return chosen(lanes_below(n), x, splat(rest)); }

// `rest` in the first `n` lanes; those of x in the others.
INLINE v16 lanes_from(v16 x, long n, float rest) { return chosen(lanes_below(n), splat(rest), x); }

// The first `n` < 16 numbers, then `rest`.
INLINE v16 load_some(const float *p, long n, float rest) {
  float s[16];
  store(s, splat(rest));
  for (long i = 0; i < n; i++) s[i] = p[i];
  return load(s);
}

INLINE void store_some(float *p, long n, v16 x) {
  float s[16];
  store(s, x);
  for (long i = 0; i < n; i++) p[i] = s[i];
}

// e^x within 2 ulp between −87 and 88; smaller arguments give about 1e-38, larger ones about 1e38.
//
// x = n ln 2 + r with |r| ≤ ½ ln 2, and e^r by a polynomial (Cephes, expf).
INLINE v16 exp16(v16 x) {
  x = smaller(larger(x, splat(-87.0f)), splat(88.0f));
  v16 magic = splat(0x1.8p23f);  // adding it rounds to a whole number, which then stands in the low bits
  v16 shifted = fma16(x, splat(1.44269504f), magic);
  v16 n = shifted - magic;
  v16 r = fma16(n, splat(-0.693359375f), x);
  r = fma16(n, splat(2.12194440e-4f), r);
  v16 p = splat(1.9875691500e-4f);
  p = fma16(p, r, splat(1.3981999507e-3f));
  p = fma16(p, r, splat(8.3334519073e-3f));
  p = fma16(p, r, splat(4.1665795894e-2f));
  p = fma16(p, r, splat(1.6666665459e-1f));
  p = fma16(p, r, splat(5.0000001201e-1f));
  p = fma16(p, r * r, r) + splat(1);
  return (v16)((i16)p + ((i16)shifted << 23));
}
