// Matrix products by panels: B is packed into strips of 32 columns, and a tile of up to 12 rows of C stays in registers.
//
// Every number of C is the sum of chains of multiply-adds over k in order, cut at the same places whatever the other sizes. A
// chain begins with 0, and what C begins with is added last: where that is large, as a residual stream can be, each step of
// the chain would otherwise be rounded to its size.
//
// A product that rounds takes both factors as bfloat16, and its sums are floats. Where the CPU multiplies pairs of these, a
// tile takes a 32-bit word of two numbers where it otherwise takes a float: nothing else of it is different. Other CPUs
// multiply the rounded numbers as floats, with the same results.

// A block of a panel has BLOCK rows, or so many where A is transposed.
enum { BLOCK_TRANSPOSED = 128, TILE = TILE_ROWS };

// C[rows,32] = init + A · panel for `rows` known to the compiler; a[i, p] stands at a[i · across + p · along]. A panel of
// bytes begins with their scales.
INLINE void tile(const int pairs, const int bytes, const int rows, long k, const float *a, long across, long along, const float *panel,
                 const float *init, long ldinit, float *c, long ldc) {
  v16 sum[TILE][2];
  UNROLL for (int i = 0; i < rows; i++) {
    sum[i][0] = splat(0);
    sum[i][1] = splat(0);
  }
  const int8_t *numbers = (const int8_t *)(panel + 32);
  for (long p = 0; p < k; p++) {
    v16 left = bytes ? load_bytes(numbers + 32 * p) : load(panel + 32 * p);
    v16 right = bytes ? load_bytes(numbers + 32 * p + 16) : load(panel + 32 * p + 16);
    UNROLL for (int i = 0; i < rows; i++) {
      v16 x = splat(a[i * across]);
      sum[i][0] = multiply_add(pairs, x, left, sum[i][0]);
      sum[i][1] = multiply_add(pairs, x, right, sum[i][1]);
    }
    a += along;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    if (bytes) {
      sum[i][0] = sum[i][0] * load(panel);
      sum[i][1] = sum[i][1] * load(panel + 16);
    }
    store(c + i * ldc, init ? load(init + i * ldinit) + sum[i][0] : sum[i][0]);
    store(c + i * ldc + 16, init ? load(init + i * ldinit + 16) + sum[i][1] : sum[i][1]);
  }
}

#define TILE_CASE(r) \
  case r: tile(pairs, bytes, r <= TILE ? r : TILE, k, a, across, along, panel, init, ldinit, c, ldc); break;

// The same for a number of rows up to TILE.
INLINE void any_tile(const int pairs, const int bytes, long rows, long k, const float *a, long across, long along, const float *panel,
                     const float *init, long ldinit, float *c, long ldc) {
  switch (rows) {
    TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#if TILE_ROWS > 4
    TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8) TILE_CASE(9) TILE_CASE(10) TILE_CASE(11) TILE_CASE(12)
#endif
  }
}
#undef TILE_CASE

typedef void tile_function(long, long, const float *, long, const float *, const float *, long, float *, long);

#define TILES(name, pairs, bytes, across, along)                                                                       \
  static void name(long rows, long k, const float *a, long lda, const float *panel, const float *init, long ldinit, \
                   float *c, long ldc) {                                                                                \
    any_tile(pairs, bytes, rows, k, a, across, along, panel, init, ldinit, c, ldc);                                             \
  }
TILES(row_tile, 0, 0, lda, 1)
TILES(row_tile_of_bytes, 0, 1, lda, 1)
TILES(column_tile, 0, 0, 1, lda)
#if HAS_PAIRS
TILES(row_tile_of_pairs, 1, 0, lda, 1)
TILES(column_tile_of_pairs, 1, 0, 1, lda)
#else
#define row_tile_of_pairs row_tile
#define column_tile_of_pairs column_tile
#endif
#undef TILES

// A tile that reaches beyond C's last column: computed in a buffer.
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

INLINE void some_tile(tile_function *run, long rows, long width, long k, const float *a, long lda, const float *panel,
                      const float *init, long ldinit, float *c, long ldc) {
  if (width >= 32)
    run(rows, k, a, lda, panel, init, ldinit, c, ldc);
  else
    edge_tile(run, rows, width, k, a, lda, panel, init, ldinit, c, ldc);
}

INLINE void add_row(long n, const float *x, float *sum) {
  long j = 0;
  for (; j + 16 <= n; j += 16) store(sum + j, load(x + j) + load(sum + j));
  for (; j < n; j++) sum[j] += x[j];
}

// So many rows of A are rounded at a time, with `ROUNDED_STRIDE` words from one to the next.
enum { ROUNDED_ROWS = 132, ROUNDED_STRIDE = BLOCK / PAIR + 16 };

// The steps of a tile over `depth` numbers.
INLINE long steps_of(const struct gradus_packed *b, long depth) { return b->rounds ? (depth + PAIR - 1) / PAIR : depth; }

// One block of k, from p on, of rows that are as a tile takes them: C[m,n] = start + A · B.
static void multiply_block(long m, long n, long p, long depth, const float *a, long lda, const struct gradus_packed *b,
                           const float *start, long ldstart, float *c, long ldc) {
  float buffer[BLOCK * 32];
  tile_function *run = takes_bytes(b) ? row_tile_of_bytes : b->rounds ? row_tile_of_pairs : row_tile;
  long tiles = (m + TILE - 1) / TILE, steps = steps_of(b, depth);
  for (long j = 0; j < n; j += 32) {
    const float *panel = block_of(b, p, j, depth, buffer);
    for (long t = 0; t < tiles; t++) {
      long i = m * t / tiles, rows = m * (t + 1) / tiles - i;
      const float *from = start ? start + i * ldstart + j : 0;
      some_tile(run, rows, n - j, steps, a + i * lda, lda, panel, from, ldstart, c + i * ldc + j, ldc);
    }
  }
}

// The same, of rows that are rounded first.
static void multiply_rounded_block(long m, long n, long p, long depth, const float *a, long lda,
                                   const struct gradus_packed *b, const float *start, long ldstart, float *c, long ldc) {
  float rounded[ROUNDED_ROWS * ROUNDED_STRIDE];
  long parts = (m + ROUNDED_ROWS - 1) / ROUNDED_ROWS;
  for (long part = 0; part < parts; part++) {
    long i = m * part / parts, rows = m * (part + 1) / parts - i;
    for (long r = 0; r < rows; r++) round_row(depth, a + (i + r) * lda, rounded + r * ROUNDED_STRIDE);
    multiply_block(rows, n, p, depth, rounded, ROUNDED_STRIDE, b, start ? start + i * ldstart : 0, ldstart, c + i * ldc,
                   ldc);
  }
}

static void multiply(long m, long n, long k, const float *a, long lda, const struct gradus_packed *b, const float *init,
                     long ldinit, float *c, long ldc) {
  // What C begins with can only wait for the last block where it stands elsewhere.
  int waits = init && init != c;
  for (long p = 0; p == 0 || p < k; p += BLOCK) {
    long depth = k - p < BLOCK ? k - p : BLOCK;
    (b->rounds ? multiply_rounded_block : multiply_block)(m, n, p, depth, a + p, lda, b, p ? c : waits ? 0 : init,
                                                          p ? ldc : ldinit, c, ldc);
  }
  if (waits)
    for (long i = 0; i < m; i++) add_row(n, init + i * ldinit, c + i * ldc);
}

// `width` columns of A from `a` on, of which `depth` rows are a tile's factors: 16 words for each of its steps.
INLINE void gather_columns(const int rounds, long depth, long width, const float *a, long lda, float *columns) {
  const int step = rounds ? PAIR : 1;
  for (long q = 0; q < depth; q += step, a += step * lda, columns += 16) {
    v16 x = load_up_to(a, width);
    if (step == 2) x = pair(x, q + 1 < depth ? load_up_to(a + lda, width) : splat(0));
    else if (rounds) x = rounded(x);
    store(columns, x);
  }
}

static void multiply_transposed(long m, long n, long k, const float *a, long lda, const struct gradus_packed *b, float *c,
                                long ldc) {
  // Columns of A lie far apart: a tile's are gathered once, for all panels.
  float columns[BLOCK_TRANSPOSED * 16], buffer[BLOCK_TRANSPOSED * 32];
  tile_function *run = b->rounds ? column_tile_of_pairs : column_tile;
  long tiles = (m + TILE - 1) / TILE;
  for (long p = 0; p < k; p += BLOCK_TRANSPOSED) {
    long depth = k - p < BLOCK_TRANSPOSED ? k - p : BLOCK_TRANSPOSED, steps = steps_of(b, depth);
    for (long t = 0; t < tiles; t++) {
      long i = m * t / tiles, rows = m * (t + 1) / tiles - i, width = m - i < 16 ? rows : 16;
      if (b->rounds) gather_columns(1, depth, width, a + p * lda + i, lda, columns);
      else gather_columns(0, depth, width, a + p * lda + i, lda, columns);
      for (long j = 0; j < n; j += 32) {
        const float *panel = block_of(b, p, j, depth, buffer);
        float *to = c + i * ldc + j;
        some_tile(run, rows, n - j, steps, columns, 16, panel, to, ldc, to, ldc);
      }
    }
  }
}
