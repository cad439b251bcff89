// Matrices packed into panels of 32 columns, of floats, of pairs or of bytes.
//
// A panel of pairs has a row of 32 words for two rows of the matrix, so that its `capacity` is even.

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

// Sets the earlier or the later halves of 16 words to the upper halves of others.
INLINE void put_halves(v16 words, int later, uint16_t *p) {
  u32 bits = (u32)words;
  for (int i = 0; i < 16; i++) p[2 * i + !later] = (uint16_t)(bits[i] >> 16);
}

// Rows of a matrix as rows of pairs. Two rows of one pair may be packed by two threads: each then writes its own halves.
static void pack_rows_half(long k, long n, const float *b, long ldb, void *panels, long capacity, long first) {
  for (long j = 0; j < n; j += 32) {
    uint16_t *panel = (uint16_t *)panels + j * capacity;
    long width = n - j < 32 ? n - j : 32, p = 0;
    while (p < k) {
      long row = first + p, both = row % 2 == 0 && p + 1 < k;
      const float *x = b + p * ldb + j, *y = both ? x + ldb : x;
      float *words = (float *)(void *)(panel + row / 2 * 64);
      for (long q = 0; q < 32; q += 16) {
        v16 word = pair(load_up_to(x + q, width - q), load_up_to(y + q, width - q));
        if (both) store(words + q, word);
        else put_halves(word, row % 2, panel + row / 2 * 64 + 2 * q);
      }
      p += 1 + both;
    }
  }
}

// Sets the row after the last one to 0, which shares a word with it if their number is odd.
static void end_rows_half(long k, long n, void *panels, long capacity) {
  if (k % 2 == 0) return;
  for (long j = 0; j < n; j += 32)
    for (long q = 0; q < 32; q += 16) put_halves(splat(0), 1, (uint16_t *)panels + j * capacity + k / 2 * 64 + 2 * q);
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

// Rows of the transposed matrix have pairs beside each other: as words, they are turned like floats.
static void pack_columns_half(long k, long n, const float *b, long ldb, void *panels, long capacity) {
  for (long j = 0; j < n; j += 16) {
    float *panel = (float *)panels + (j / 32) * 16 * capacity + j % 32;
    long width = n - j < 16 ? n - j : 16;
    for (long p = 0; p < k; p += 32) {
      v16 row[16];
      UNROLL for (int q = 0; q < 16; q++) {
        const float *x = b + (j + q) * ldb + p;
        row[q] = q < width ? pairs_of(load_up_to(x, k - p), load_up_to(x + 16, k - p - 16)) : splat(0);
      }
      turn16(row);
      for (long q = 0; q < 16 && p + 2 * q < k; q++) store(panel + 16 * p + 32 * q, row[q]);
    }
  }
  if (n % 32 != 0 && n % 32 <= 16) {  // the right half of the last panel
    float *panel = (float *)panels + (n / 32) * 16 * capacity + 16;
    for (long p = 0; p < k; p += 2) store(panel + 16 * p, splat(0));
  }
}

// The 16 numbers of row p from column j on.
INLINE v16 load_packed(const int format, const void *panels, long capacity, long p, long j) {
  const float *panel = panels;
  if (format == GRADUS_BYTES) return load_scaled(panels, capacity, p, j);
  if (format == GRADUS_FLOATS) return load(panel + j / 32 * 32 * capacity + 32 * p + j % 32);
  v16 words = load(panel + j / 32 * 16 * capacity + 32 * (p / 2) + j % 32);
  return p % 2 ? later_of(words) : earlier_of(words);
}

// Column j of a packed matrix, which is row j of the matrix that was packed by columns.
static void take_column(long k, const void *panels, long capacity, int format, long j, float *y) {
  for (long p = 0; p < k; p++) y[p] = load_packed(format, panels, capacity, p, j / 16 * 16)[j % 16];
}

// Rows p … p + rows of the 32 columns from j on, as floats.
INLINE void take_rows_of(const int format, const void *panels, long capacity, long p, long j, long rows, float *to) {
  for (long q = 0; q < rows; q++)
    for (long r = 0; r < 32; r += 16) store(to + 32 * q + r, load_packed(format, panels, capacity, p + q, j + r));
}

// The same of the transposed matrix. The panels are read beyond the last row, so they need room for 32 more.
INLINE void turn_rows_of(const int format, const void *panels, long capacity, long p, long j, long rows, float *to) {
  for (long q = 0; q < rows; q += 16)
    for (long r = 0; r < 32; r += 16) {
      v16 row[16];
      UNROLL for (int i = 0; i < 16; i++) row[i] = load_packed(format, panels, capacity, j + r + i, p + q);
      turn16(row);
      UNROLL for (int i = 0; i < 16; i++) store(to + 32 * (q + i) + r, row[i]);
    }
}

#define ROWS(name, of, format)                                                                                  \
  static void name(const void *panels, long capacity, long p, long j, long rows, float *to) {                  \
    of(format, panels, capacity, p, j, rows, to);                                                               \
  }
ROWS(take_rows_of_floats, take_rows_of, GRADUS_FLOATS)
ROWS(take_rows_of_pairs, take_rows_of, GRADUS_PAIRS)
ROWS(turn_rows_of_floats, turn_rows_of, GRADUS_FLOATS)
ROWS(turn_rows_of_pairs, turn_rows_of, GRADUS_PAIRS)
ROWS(turn_rows_of_bytes, turn_rows_of, GRADUS_BYTES)
#undef ROWS

// Rows p … p + rows of the 32 columns from j on, of a matrix that is not packed.
static void copy_rows(const struct gradus_packed *b, long p, long j, long rows, float *to) {
  long columns = b->capacity - j;
  const float *from = (const float *)b->panels + p * b->capacity + j;
  for (long q = 0; q < rows; q++, from += b->capacity)
    for (long r = 0; r < 32; r += 16) store(to + 32 * q + r, load_up_to(from + r, columns - r));
}

// The same of its transpose.
static void turn_rows(const struct gradus_packed *b, long p, long j, long rows, float *to) {
  const float *from = (const float *)b->panels + j * b->capacity + p;
  for (long q = 0; q < rows; q += 16)
    for (long r = 0; r < 32; r += 16) {
      long depth = b->capacity - p - q, width = b->rows - j - r;
      const float *some = from + r * b->capacity + q;
      if (depth >= 16 && width >= 16) {
        transpose16(some, b->capacity, to + 32 * q + r, 32);
      } else {
        v16 row[16];
        UNROLL for (int i = 0; i < 16; i++) row[i] = i < width ? load_up_to(some + i * b->capacity, depth) : splat(0);
        turn16(row);
        UNROLL for (int i = 0; i < 16; i++) store(to + 32 * (q + i) + r, row[i]);
      }
    }
}

static void take_rows(const struct gradus_packed *b, long p, long j, long rows, float *to) {
  if (b->rows) return (b->turned ? copy_rows : turn_rows)(b, p, j, rows, to);
  const void *panels = b->panels;
  long capacity = b->capacity;
  switch (b->format) {
    case GRADUS_FLOATS: (b->turned ? turn_rows_of_floats : take_rows_of_floats)(panels, capacity, p, j, rows, to); break;
    case GRADUS_PAIRS: (b->turned ? turn_rows_of_pairs : take_rows_of_pairs)(panels, capacity, p, j, rows, to); break;
    case GRADUS_BYTES: turn_rows_of_bytes(panels, capacity, p, j, rows, to); break;
  }
}

// Whether a tile takes bytes, which are not turned.
INLINE int takes_bytes(const struct gradus_packed *b) { return b->format == GRADUS_BYTES && !b->turned; }

// Rows p … p + depth of the 32 columns from j on as a tile takes them: where they lie, if that is so, or in `buffer`.
static const float *block_of(const struct gradus_packed *b, long p, long j, long depth, float *buffer) {
  const int pairs = b->rounds && PAIR == 2, half = b->format == GRADUS_PAIRS;
  if (takes_bytes(b)) return block_of_bytes(b->panels, b->capacity, p, j);
  if (!b->rows && !b->turned && (half ? pairs : !b->rounds))
    return (const float *)b->panels + (half ? j * b->capacity / 2 + 16 * p : j * b->capacity + 32 * p);
  for (long q = 0; q < depth; q += 32) {
    float some[32 * 32], *floats = pairs ? some : buffer + 32 * q;
    long rows = depth - q < 32 ? depth - q : 32;
    take_rows(b, p + q, j, rows, floats);
    if (pairs) {
      if (rows % 2) memset(some + 32 * rows, 0, 32 * 4);
      for (long r = 0; r < rows; r += 2)
        for (long s = 0; s < 32; s += 16)
          store(buffer + 16 * (q + r) + s, pair(load(some + 32 * r + s), load(some + 32 * r + 32 + s)));
    } else if (b->rounds && !half) {
      for (long r = 0; r < 32 * rows; r += 16) store(floats + r, rounded(load(floats + r)));
    }
  }
  return buffer;
}
