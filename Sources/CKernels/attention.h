// Causal attention of one sequence, a block of query rows at a time. The probabilities are not kept: the backward pass
// computes them again from the rows' log-sums, as Dao et al. 2022 (FlashAttention) does.

enum { QUERY_BLOCK = 48 };

INLINE long panels_of(long n) { return (n + 31) / 32 * 32; }

static long attention_scratch(long length, const struct gradus_attention *shape) {
  long columns = panels_of(length), width = panels_of(shape->head_size);
  // Two packings by columns, four by rows, two gradients, two blocks of scores; keys or values in one piece.
  return 2 * shape->head_size * columns + 6 * length * width + 2 * QUERY_BLOCK * columns + length * shape->head_size;
}

// Rows of numbers, `ld` apart.
struct rows {
  const float *start;
  long ld;
};

// Some columns of the shared rows and then of a sequence's own: themselves if nothing is shared, or else copied to `buffer`.
static struct rows joined(const struct gradus_shared *shared, long column, long length, long size, const float *own,
                          long ld, float *buffer) {
  if (shared->length == 0) return (struct rows){own, ld};
  for (long i = 0; i < shared->length; i++)
    memcpy(buffer + i * size, shared->keys + i * shared->ld + column, (size_t)size * 4);
  for (long i = 0; i < length; i++) memcpy(buffer + (shared->length + i) * size, own + i * ld, (size_t)size * 4);
  return (struct rows){buffer, size};
}

// C[rows, columns] (+)= A · panels, in tiles; `along` is 1 for A as it stands and `across` is 1 for its transpose.
INLINE void block_product(long rows, long columns, long k, const float *a, long across, long along,
                          const float *panels, long capacity, int adds, float *c, long ldc) {
  long tiles = (rows + TILE - 1) / TILE;
  for (long j = 0; j < columns; j += 32)
    for (long t = 0; t < tiles; t++) {
      long i = rows * t / tiles, height = rows * (t + 1) / tiles - i;
      float *to = c + i * ldc + j;
      (across == 1 ? column_tile : row_tile)(height, k, a + i * across, across == 1 ? along : across,
                                             panels + j * capacity, adds ? to : 0, ldc, to, ldc);
    }
}

// What query rows from `start` on see: `width` columns of scores from `first` on, of which row i uses those from `oldest` to
// start + i.
struct query_block {
  long start, rows, first, width;
};

// The first position that is seen from `position`: in a window, its own and the window − 1 before it.
INLINE long oldest(const struct gradus_attention *shape, long position) {
  return shape->window && position >= shape->window ? position - shape->window + 1 : 0;
}

INLINE struct query_block query_block(long start, long length, const struct gradus_attention *shape) {
  long end = start + QUERY_BLOCK < length ? start + QUERY_BLOCK : length;
  long first = oldest(shape, start) / 32 * 32;
  return (struct query_block){start, end - start, first, panels_of(end) - first};
}

// The lanes of x that are the columns from `from` to `to` − 1, x being those from `column` on; `rest` in the others.
INLINE v16 columns_between(v16 x, long column, long from, long to, float rest) {
  if (to < column + 16) x = first_lanes(x, to - column, rest);
  return column < from ? lanes_from(x, from - column, rest) : x;
}

// A softmax's denominator, Σ e^(x − top).
struct attention_sum {
  float top, total;
};

// x[j] = e^(scale · x[j] − shift) for from ≤ j < to, 0 elsewhere up to `width`; returns their sum.
INLINE float exponentials(float *x, long from, long to, long width, float scale, float shift) {
  v16 sum = splat(0);
  long j = 0;
  for (; j + 16 <= from; j += 16) store(x + j, splat(0));
  for (; j < to; j += 16) {
    v16 e = columns_between(exp16(load(x + j) * splat(scale) - splat(shift)), j, from, to, 0);
    store(x + j, e);
    sum += e;
  }
  for (; j < width; j += 16) store(x + j, splat(0));
  return sum16(sum);
}

// x[j] = softmax(scale · x)[j] for from ≤ j < to, 0 elsewhere up to `width`.
INLINE struct attention_sum softmax_between(float *x, long from, long to, long width, float scale) {
  v16 largest = splat(-INFINITY);
  for (long j = from / 16 * 16; j < to; j += 16)
    largest = larger(largest, columns_between(load(x + j), j, from, to, -INFINITY));
  float top = largest16(largest) * scale;
  float total = exponentials(x, from, to, width, scale, top);
  v16 share = splat(1 / total);
  for (long j = from / 16 * 16; j < to; j += 16) store(x + j, load(x + j) * share);
  return (struct attention_sum){top, total};
}

// scores = softmax(scale · scores) by rows, 0 for what a row does not see; the rows' log-sums are kept.
INLINE void causal_softmax(struct query_block block, const struct gradus_attention *shape, float *scores, long ld,
                           float *lse) {
  for (long i = 0; i < block.rows; i++, scores += ld) {
    long from = oldest(shape, block.start + i) - block.first, to = block.start + i + 1 - block.first;
    struct attention_sum sum = softmax_between(scores, from, to, block.width, shape->scale);
    lse[i] = sum.top + log_of(sum.total);
  }
}

// The same probabilities again, from the log-sums.
INLINE void causal_softmax_again(struct query_block block, const struct gradus_attention *shape, float *scores, long ld,
                                 const float *lse) {
  for (long i = 0; i < block.rows; i++)
    exponentials(scores + i * ld, oldest(shape, block.start + i) - block.first, block.start + i + 1 - block.first,
                 block.width, shape->scale, lse[i]);
}

static void copy_columns(long rows, long n, const float *from, long ld, float *to, long ldt) {
  for (long i = 0; i < rows; i++) memcpy(to + i * ldt, from + i * ld, (size_t)n * 4);
}

static void attention_forward(const struct gradus_shared *shared, long length, const struct gradus_attention *shape,
                              const float *qkv, long ld, float *out, long ldo, float *lse, float *scratch) {
  long before = shared->length, all = before + length;
  long size = shape->head_size, columns = panels_of(all), width = panels_of(size);
  long group = shape->query_heads / shape->key_heads;
  float *keys = scratch, *values = keys + size * columns, *scores = values + all * width;
  float *mixed = scores + QUERY_BLOCK * columns, *buffer = mixed + length * width;
  for (long kv = 0; kv < shape->key_heads; kv++) {
    const float *key = qkv + (shape->query_heads + kv) * size, *value = key + shape->key_heads * size;
    struct rows from = joined(shared, kv * size, length, size, key, ld, buffer);
    pack_columns(size, all, from.start, from.ld, keys, size);
    from = joined(shared, (shape->key_heads + kv) * size, length, size, value, ld, buffer);
    pack_rows(all, size, from.start, from.ld, values, all);
    for (long h = kv * group; h < (kv + 1) * group; h++)
      for (long start = before; start < all; start += QUERY_BLOCK) {
        struct query_block block = query_block(start, all, shape);
        long own = start - before;
        const float *query = qkv + own * ld + h * size;
        block_product(block.rows, block.width, size, query, ld, 1, keys + size * block.first, size, 0, scores, columns);
        causal_softmax(block, shape, scores, columns, lse + h * length + own);
        block_product(block.rows, width, start + block.rows - block.first, scores, columns, 1,
                      values + 32 * block.first, all, 0, mixed, width);
        copy_columns(block.rows, size, mixed, width, out + own * ldo + h * size, ldo);
      }
  }
}

// ds = p ∘ (dp − D) · scale in place of dp, with D = Σ_j p dp = out · dout.
INLINE void score_gradients(struct query_block block, float scale, const float *p, float *dp, long ld,
                            const float *out, const float *dout, long ldo, long size) {
  for (long i = 0; i < block.rows; i++, p += ld, dp += ld, out += ldo, dout += ldo) {
    v16 dots = splat(0);
    long d = 0;
    for (; d + 16 <= size; d += 16) dots = fma16(load(out + d), load(dout + d), dots);
    float dot = sum16(dots);
    for (; d < size; d++) dot = fma1(out[d], dout[d], dot);
    for (long j = 0; j < block.width; j += 16)
      store(dp + j, load(p + j) * (load(dp + j) - splat(dot)) * splat(scale));
  }
}

// to[rows,n] += from[rows,n].
static void add_columns(long rows, long n, const float *from, long ld, float *to, long ldt) {
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < n; j++) to[i * ldt + j] += from[i * ld + j];
}

static void attention_backward(const struct gradus_shared *shared, long length, const struct gradus_attention *shape,
                               const float *qkv, long ld, const float *out, const float *dout, long ldo,
                               const float *lse, float *dqkv, long ldd, float *dshared, long ldshared,
                               float *scratch) {
  long before = shared->length, all = before + length;
  long size = shape->head_size, columns = panels_of(all), width = panels_of(size);
  long group = shape->query_heads / shape->key_heads;
  float *keys_by_column = scratch, *values_by_column = keys_by_column + size * columns;
  float *keys = values_by_column + size * columns, *queries = keys + all * width;
  float *douts = queries + length * width, *dkeys = douts + length * width;
  float *dvalues = dkeys + all * width, *dqueries = dvalues + all * width;
  float *p = dqueries + length * width, *dp = p + QUERY_BLOCK * columns, *buffer = dp + QUERY_BLOCK * columns;
  for (long kv = 0; kv < shape->key_heads; kv++) {
    const float *key = qkv + (shape->query_heads + kv) * size, *value = key + shape->key_heads * size;
    struct rows from = joined(shared, (shape->key_heads + kv) * size, length, size, value, ld, buffer);
    pack_columns(size, all, from.start, from.ld, values_by_column, size);
    from = joined(shared, kv * size, length, size, key, ld, buffer);
    pack_columns(size, all, from.start, from.ld, keys_by_column, size);
    pack_rows(all, size, from.start, from.ld, keys, all);
    memset(dkeys, 0, (size_t)(2 * all * width) * 4);
    for (long h = kv * group; h < (kv + 1) * group; h++) {
      const float *query = qkv + h * size;
      pack_rows(length, size, query, ld, queries, length);
      pack_rows(length, size, dout + h * size, ldo, douts, length);
      for (long start = before; start < all; start += QUERY_BLOCK) {
        struct query_block block = query_block(start, all, shape);
        long own = start - before, first = block.first, seen = start + block.rows - first;
        block_product(block.rows, block.width, size, query + own * ld, ld, 1, keys_by_column + size * first, size, 0,
                      p, columns);
        causal_softmax_again(block, shape, p, columns, lse + h * length + own);
        block_product(block.rows, block.width, size, dout + own * ldo + h * size, ldo, 1,
                      values_by_column + size * first, size, 0, dp, columns);
        const float *block_out = out + own * ldo + h * size, *block_dout = dout + own * ldo + h * size;
        // dv += pᵀ dout, while p is still itself; then ds, dq = ds k, dk += dsᵀ q.
        block_product(seen, width, block.rows, p, 1, columns, douts + 32 * own, length, 1, dvalues + first * width,
                      width);
        score_gradients(block, shape->scale, p, dp, columns, block_out, block_dout, ldo, size);
        block_product(block.rows, width, seen, dp, columns, 1, keys + 32 * first, all, 0, dqueries, width);
        copy_columns(block.rows, size, dqueries, width, dqkv + own * ldd + h * size, ldd);
        block_product(seen, width, block.rows, dp, 1, columns, queries + 32 * own, length, 1, dkeys + first * width,
                      width);
      }
    }
    float *dkey = dqkv + (shape->query_heads + kv) * size;
    copy_columns(length, size, dkeys + before * width, width, dkey, ldd);
    copy_columns(length, size, dvalues + before * width, width, dkey + shape->key_heads * size, ldd);
    add_columns(before, size, dkeys, width, dshared + kv * size, ldshared);
    add_columns(before, size, dvalues, width, dshared + (shape->key_heads + kv) * size, ldshared);
  }
}
