// Factors of products as bfloat16: two of them in a 32-bit word, the earlier in the upper half.
//
// VDPBF16PS multiplies the upper halves first, each product with one rounding of the sum. So a chain of pairs has the bits of a
// chain of floats, but for numbers below 1.2e-38, which it takes for 0.

// How many numbers of a row a tile takes at a time in a product of rounded factors.
#if HAS_PAIRS
enum { PAIR = 2 };
#else
enum { PAIR = 1 };
#endif

// Rounds to bfloat16, to the nearest and of two equally near ones to the even one; the lower halves are not meant.
INLINE u32 rounded_bits(v16 x) {
  u32 bits = (u32)x;
  return bits + 0x7fff + (bits >> 16 & 1);
}

INLINE v16 rounded(v16 x) { return (v16)(rounded_bits(x) & 0xffff0000); }
INLINE v16 pair(v16 earlier, v16 later) {
  return (v16)((rounded_bits(earlier) & 0xffff0000) | rounded_bits(later) >> 16);
}

INLINE v16 earlier_of(v16 words) { return (v16)((u32)words & 0xffff0000); }
INLINE v16 later_of(v16 words) { return (v16)((u32)words << 16); }

// Neighbouring numbers as pairs.
INLINE v16 pairs_of(v16 x, v16 y) {
  return pair(__builtin_shufflevector(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
              __builtin_shufflevector(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
}

// sum + a · b, or for words of pairs sum + a₀ b₀ + a₁ b₁.
INLINE v16 multiply_add(const int pairs, v16 a, v16 b, v16 sum) {
#if HAS_PAIRS
  typedef __bf16 halves __attribute__((vector_size(64)));
  if (pairs) return __builtin_ia32_dpbf16ps_512(sum, (halves)a, (halves)b);
#endif
  return fma16(a, b, sum);
}

INLINE v16 load_up_to(const float *p, long n) { return n >= 16 ? load(p) : n > 0 ? load_some(p, n, 0) : splat(0); }

// The first k numbers of a row as a tile of rounded factors takes them; after an odd number a 0.
INLINE void round_row(long k, const float *x, float *y) {
  if (PAIR == 1) {
    long i = 0;
    for (; i + 16 <= k; i += 16) store(y + i, rounded(load(x + i)));
    if (i < k) store(y + i, rounded(load_some(x + i, k - i, 0)));
  } else {
    long i = 0;
    for (; i + 32 <= k; i += 32) store(y + i / 2, pairs_of(load(x + i), load(x + i + 16)));
    if (i < k) store(y + i / 2, pairs_of(load_up_to(x + i, k - i), load_up_to(x + i + 16, k - i - 16)));
  }
}
