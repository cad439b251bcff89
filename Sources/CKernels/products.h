// Matrix products by panels: B is packed into strips of 32 columns, and a tile of up to 12 rows of C stays in registers.
//
// Every number of C is the sum of chains of multiply-adds over k in order, cut at the same places whatever the other sizes. A
// chain begins with 0, and what C begins with is added last: where that is large, as a residual stream can be, each step of the
// chain would otherwise be rounded to its size.

// A block of this many rows of a panel stays in the first-level cache.
enum { BLOCK = 256, BLOCK_TRANSPOSED = 128, TILE = TILE_ROWS };

static void pack_rows(long k, long n, const float *b, long ldb, float *panels, long capacity) {
  for (long j = 0; j < n; j += 32) {
    float *panel = panels + j * capacity;
    long width = n - j < 32 ? n - j : 32;
    if (width == 32) {
      for (long p = 0; p < k; p++) {
        store(panel + 32 * p, load(b + p * ldb + j));
        store(panel + 32 * p + 16, load(b + p * ldb + j + 16));
      }
    } else {
      for (long p = 0; p < k; p++)
        for (long q = 0; q < 32; q++) panel[32 * p + q] = q < width ? b[p * ldb + j + q] : 0;
    }
  }
}

// Transposes 16 × 16 numbers, by exchanging ever smaller blocks across the diagonal.
INLINE void turn16(v16 row[16]) {
  UNROLL for (int i = 0; i < 8; i++) {
    v16 x = row[i], y = row[i + 8];
    row[i] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    row[i + 8] = __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  UNROLL for (int i = 0; i < 16; i++) if (!(i & 4)) {
    v16 x = row[i], y = row[i + 4];
    row[i] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    row[i + 4] = __builtin_shufflevector(x, y, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  UNROLL for (int i = 0; i < 16; i++) if (!(i & 2)) {
    v16 x = row[i], y = row[i + 2];
    row[i] = __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    row[i + 2] = __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  UNROLL for (int i = 0; i < 16; i++) if (!(i & 1)) {
    v16 x = row[i], y = row[i + 1];
    row[i] = __builtin_shufflevector(x, y, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    row[i + 1] = __builtin_shufflevector(x, y, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
}

// to[p][q] = from[q][p].
INLINE void transpose16(const float *from, long ld, float *to, long ldt) {
  v16 row[16];
  UNROLL for (int i = 0; i < 16; i++) row[i] = load(from + i * ld);
  turn16(row);
  UNROLL for (int i = 0; i < 16; i++) store(to + i * ldt, row[i]);
}

static void pack_columns(long k, long n, const float *b, long ldb, float *panels, long capacity) {
  for (long j = 0; j < n; j += 16) {
    float *panel = panels + (j / 32) * 32 * capacity + j % 32;
    long width = n - j < 16 ? n - j : 16, whole = width == 16 ? k / 16 * 16 : 0;
    for (long p = 0; p < whole; p += 16) transpose16(b + j * ldb + p, ldb, panel + 32 * p, 32);
    for (long p = whole; p < k; p++)
      for (long q = 0; q < 16; q++) panel[32 * p + q] = q < width ? b[(j + q) * ldb + p] : 0;
  }
  if (n % 32 != 0 && n % 32 <= 16) {  // the right half of the last panel
    float *panel = panels + (n / 32) * 32 * capacity + 16;
    for (long p = 0; p < k; p++) store(panel + 32 * p, splat(0));
  }
}

// C[rows,32] = init + A · panel for `rows` known to the compiler; a[i, p] stands at a[i · across + p · along].
INLINE void tile(const int rows, long k, const float *a, long across, long along, const float *panel,
                 const float *init, long ldinit, float *c, long ldc) {
  v16 sum[TILE][2];
  UNROLL for (int i = 0; i < rows; i++) {
    sum[i][0] = splat(0);
    sum[i][1] = splat(0);
  }
  for (long p = 0; p < k; p++) {
    v16 left = load(panel), right = load(panel + 16);
    UNROLL for (int i = 0; i < rows; i++) {
      v16 x = splat(a[i * across]);
      sum[i][0] = fma16(x, left, sum[i][0]);
      sum[i][1] = fma16(x, right, sum[i][1]);
    }
    a += along;
    panel += 32;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    store(c + i * ldc, init ? load(init + i * ldinit) + sum[i][0] : sum[i][0]);
    store(c + i * ldc + 16, init ? load(init + i * ldinit + 16) + sum[i][1] : sum[i][1]);
  }
}

#define TILE_CASE(r) \
  case r: tile(r <= TILE ? r : TILE, k, a, across, along, panel, init, ldinit, c, ldc); break;

// The same for a number of rows up to TILE.
INLINE void any_tile(long rows, long k, const float *a, long across, long along, const float *panel,
                     const float *init, long ldinit, float *c, long ldc) {
  switch (rows) {
    TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#if TILE_ROWS > 4
    TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8) TILE_CASE(9) TILE_CASE(10) TILE_CASE(11) TILE_CASE(12)
#endif
  }
}
#undef TILE_CASE

static void row_tile(long rows, long k, const float *a, long lda, const float *panel, const float *init, long ldinit,
                     float *c, long ldc) {
  any_tile(rows, k, a, lda, 1, panel, init, ldinit, c, ldc);
}

static void column_tile(long rows, long k, const float *a, long lda, const float *panel, const float *init,
                        long ldinit, float *c, long ldc) {
  any_tile(rows, k, a, 1, lda, panel, init, ldinit, c, ldc);
}

// A tile that reaches beyond C's last column: computed in a buffer.
typedef void tile_function(long, long, const float *, long, const float *, const float *, long, float *, long);
static void edge_tile(tile_function *run, long rows, long width, long k, const float *a, long lda,
                      const float *panel, const float *init, long ldinit, float *c, long ldc) {
  float buffer[TILE * 32];
  if (init) {
    memset(buffer, 0, sizeof buffer);
    for (long i = 0; i < rows; i++) memcpy(buffer + 32 * i, init + i * ldinit, (size_t)width * 4);
  }
  run(rows, k, a, lda, panel, init ? buffer : 0, 32, buffer, 32);
  for (long i = 0; i < rows; i++) memcpy(c + i * ldc, buffer + 32 * i, (size_t)width * 4);
}

// How a packed matrix lies in memory: as floats, or as the upper half of each, which is bfloat16.
enum { WHOLE, HALF };

INLINE v16 widen(const uint16_t *p) {
  u16_anywhere half = *(const u16_anywhere *)p;
  return (v16)(__builtin_convertvector(half, u32) << 16);
}

INLINE v16 load_packed(const int width, const void *panels, long at) {
  return width == HALF ? widen((const uint16_t *)panels + at) : load((const float *)panels + at);
}

// Rows p … p + depth of the 32 columns from j on: where they lie, or widened into `buffer`.
INLINE const float *plain_block(const int width, const void *panels, long capacity, long p, long j, long depth,
                                float *buffer) {
  long at = j * capacity + 32 * p;
  if (width == WHOLE) return (const float *)panels + at;
  for (long q = 0; q < 32 * depth; q += 16) store(buffer + q, load_packed(width, panels, at + q));
  return buffer;
}

// The same of the transposed matrix. The panels are read beyond the last row, so they need room for 32 more.
INLINE const float *turned_block(const int width, const void *panels, long capacity, long p, long j, long depth,
                                 float *buffer) {
  for (long q = 0; q < depth; q += 16)
    for (long r = 0; r < 32; r += 16) {
      v16 row[16];
      long at = (p + q) / 32 * 32 * capacity + (p + q) % 32 + 32 * (j + r);
      UNROLL for (int i = 0; i < 16; i++) row[i] = load_packed(width, panels, at + 32 * i);
      turn16(row);
      UNROLL for (int i = 0; i < 16; i++) store(buffer + 32 * (q + i) + r, row[i]);
    }
  return buffer;
}

INLINE void add_row(long n, const float *x, float *sum) {
  long j = 0;
  for (; j + 16 <= n; j += 16) store(sum + j, load(x + j) + load(sum + j));
  for (; j < n; j++) sum[j] += x[j];
}

INLINE void multiply_blocks(const int width, const int turned, long m, long n, long k, const float *a, long lda,
                            const void *panels, long capacity, const float *init, long ldinit, float *c, long ldc) {
  float buffer[BLOCK * 32];
  long tiles = (m + TILE - 1) / TILE;
  // What C begins with can only wait for the last block where it stands elsewhere.
  int waits = init && init != c;
  for (long p = 0; p == 0 || p < k; p += BLOCK) {
    long depth = k - p < BLOCK ? k - p : BLOCK;
    const float *start = p ? c : waits ? 0 : init;
    long ldstart = p ? ldc : ldinit;
    for (long j = 0; j < n; j += 32) {
      const float *panel = turned ? turned_block(width, panels, capacity, p, j, depth, buffer)
                                  : plain_block(width, panels, capacity, p, j, depth, buffer);
      for (long t = 0; t < tiles; t++) {
        long i = m * t / tiles, rows = m * (t + 1) / tiles - i;
        const float *from = start ? start + i * ldstart + j : 0;
        if (n - j >= 32)
          row_tile(rows, depth, a + i * lda + p, lda, panel, from, ldstart, c + i * ldc + j, ldc);
        else
          edge_tile(row_tile, rows, n - j, depth, a + i * lda + p, lda, panel, from, ldstart, c + i * ldc + j, ldc);
      }
    }
  }
  if (waits)
    for (long i = 0; i < m; i++) add_row(n, init + i * ldinit, c + i * ldc);
}

#define MULTIPLY(name, width, turned)                                                                             \
  static void name(long m, long n, long k, const float *a, long lda, const void *panels, long capacity,           \
                   const float *init, long ldinit, float *c, long ldc) {                                          \
    multiply_blocks(width, turned, m, n, k, a, lda, panels, capacity, init, ldinit, c, ldc);                      \
  }
MULTIPLY(multiply, WHOLE, 0)
MULTIPLY(multiply_half, HALF, 0)
MULTIPLY(multiply_turned, WHOLE, 1)
MULTIPLY(multiply_turned_half, HALF, 1)
#undef MULTIPLY

static void pack_columns_half(long k, long n, const float *b, long ldb, uint16_t *panels, long capacity) {
  float buffer[BLOCK * 32];
  for (long j = 0; j < n; j += 32)
    for (long p = 0; p < k; p += BLOCK) {
      long depth = k - p < BLOCK ? k - p : BLOCK;
      pack_columns(depth, n - j < 32 ? n - j : 32, b + j * ldb + p, ldb, buffer, depth);
      for (long q = 0; q < 32 * depth; q += 16) narrow(load(buffer + q), panels + j * capacity + 32 * p + q);
    }
}

// Column j of a packed matrix, which is row j of the matrix that was packed by columns.
static void take_column(long k, const void *panels, long capacity, int half, long j, float *y) {
  long at = j / 32 * 32 * capacity + j % 32;
  for (long p = 0; p < k; p++) {
    if (half) {
      uint32_t bits = (uint32_t)((const uint16_t *)panels)[at + 32 * p] << 16;
      memcpy(y + p, &bits, 4);
    } else {
      y[p] = ((const float *)panels)[at + 32 * p];
    }
  }
}

static void multiply_transposed(long m, long n, long k, const float *a, long lda, const float *panels,
                                long capacity, float *c, long ldc) {
  // Columns of A lie far apart: a tile's are gathered once, for all panels.
  float columns[BLOCK_TRANSPOSED * 16];
  long tiles = (m + TILE - 1) / TILE;
  for (long p = 0; p < k; p += BLOCK_TRANSPOSED) {
    long depth = k - p < BLOCK_TRANSPOSED ? k - p : BLOCK_TRANSPOSED;
    for (long t = 0; t < tiles; t++) {
      long i = m * t / tiles, rows = m * (t + 1) / tiles - i;
      const float *from = a + p * lda + i;
      if (i + 16 <= m)
        for (long q = 0; q < depth; q++) store(columns + 16 * q, load(from + q * lda));
      else
        for (long q = 0; q < depth; q++)
          for (long r = 0; r < rows; r++) columns[16 * q + r] = from[q * lda + r];
      for (long j = 0; j < n; j += 32) {
        const float *panel = panels + j * capacity + 32 * p;
        float *to = c + i * ldc + j;
        if (n - j >= 32)
          column_tile(rows, depth, columns, 16, panel, to, ldc, to, ldc);
        else
          edge_tile(column_tile, rows, n - j, depth, columns, 16, panel, to, ldc, to, ldc);
      }
    }
  }
}
