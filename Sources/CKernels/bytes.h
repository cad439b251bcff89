// Matrices of bytes: a number is q · s, where s is the scale of its column within a block of BLOCK rows.
//
// A panel of bytes has for each block 32 scales, one for each column, and behind them a row of 32 bytes for each row. What is
// multiplied is a float on one side and a whole number on the other; the scale comes to the sum of a block. So a product reads a
// quarter of what floats take, which is what counts where its rows are few.

// A block of this many rows of a panel stays in the first-level cache.
enum { BLOCK = GRADUS_BLOCK };

typedef int8_t bytes_anywhere __attribute__((vector_size(16), aligned(1)));

INLINE v16 load_bytes(const int8_t *p) { return __builtin_convertvector(*(const bytes_anywhere *)p, v16); }

INLINE long bytes_of_panel(long capacity) { return (capacity + BLOCK - 1) / BLOCK * 128 + 32 * capacity; }

// The block of row p in the panel of column j: its scales, and then its bytes.
INLINE const float *block_of_bytes(const void *panels, long capacity, long p, long j) {
  return (const float *)(const void *)((const char *)panels + j / 32 * bytes_of_panel(capacity) +
                                       p / BLOCK * (128 + 32 * BLOCK));
}

// The 16 numbers of row p from column j on.
INLINE v16 load_scaled(const void *panels, long capacity, long p, long j) {
  const float *block = block_of_bytes(panels, capacity, p, j);
  const int8_t *bytes = (const int8_t *)(block + 32);
  return load_bytes(bytes + 32 * (p % BLOCK) + j % 32) * load(block + j % 32);
}

// Some numbers of a row as whole multiples of a 127th of the largest, 32 bytes apart; returns that scale, which is NaN where a
// number is not finite, so that nothing passes for one.
static float pack_bytes(long n, const float *x, int8_t *bytes) {
  v16 largest = splat(0), finite = splat(0), magic = splat(0x1.8p23f);
  for (long i = 0; i < n; i += 16) {
    v16 y = load_up_to(x + i, n - i);
    largest = larger(largest, (v16)((u32)y & 0x7fffffff));
    finite = finite + y * splat(0);
  }
  float most = largest16(largest), inverse = most > 0 ? 127 / most : 0;
  for (long i = 0; i < n; i += 16) {
    float whole[16];
    v16 scaled = load_up_to(x + i, n - i) * splat(inverse);
    scaled = scaled + magic;  // to the nearest whole number, of two equally near ones to the even one
    store(whole, scaled - magic);
    // What is not a number has no byte; its scale says so.
    for (long q = 0; q < 16 && i + q < n; q++)
      bytes[32 * (i + q)] = whole[q] >= -127 && whole[q] <= 127 ? (int8_t)whole[q] : 0;
  }
  return most / 127 + sum16(finite);
}

static void pack_columns_bytes(long k, long n, const float *b, long ldb, void *panels, long capacity) {
  for (long j = 0; j < n; j += 32)
    for (long p = 0; p < k; p += BLOCK) {
      float *scales = (float *)(void *)block_of_bytes(panels, capacity, p, j);
      int8_t *bytes = (int8_t *)(scales + 32);
      long depth = k - p < BLOCK ? k - p : BLOCK;
      for (long q = 0; q < 32; q++) {
        if (j + q < n) {
          scales[q] = pack_bytes(depth, b + (j + q) * ldb + p, bytes + q);
        } else {
          scales[q] = 0;
          for (long i = 0; i < depth; i++) bytes[32 * i + q] = 0;
        }
      }
    }
}
