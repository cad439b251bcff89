// Attention of new positions to what is cached of the ones before.
//
// Every number comes out of the same operations in the same order as in `attention_forward`, so that what is sampled has the
// very log-probabilities that it has when it is learned from: a score is a chain over the head's numbers, what is mixed is a
// chain over the positions. Several chains are computed beside each other. What a group of sequences begins with is cached once,
// and heads share keys: then a vector of the cache is loaded once for several queries.

// As many as registers allow.
enum { QUERIES = TILE_ROWS > 4 ? GRADUS_QUERIES : 2 };

// How many vectors of each query are computed beside each other.
#define VECTORS(n) ((n) == 1 || 2 * (n) <= QUERIES ? 4 : 2)

// Scores q · k of n queries in some vectors of columns; `same` says that all have the same keys.
INLINE void scores_of(const int n, const int vectors, const int same, const float *const *query,
                      const float *const *keys, long column, long size, long capacity, float *scores, long ld) {
  v16 sum[QUERIES][4], key[4];
  UNROLL for (int i = 0; i < n; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = splat(0);
  for (long d = 0; d < size; d++)
    UNROLL for (int i = 0; i < n; i++) {
      v16 x = splat(query[i][d]);
      UNROLL for (int v = 0; v < vectors; v++) {
        if (!same || i == 0) key[v] = load(keys[i] + d * capacity + column + 16 * v);
        sum[i][v] = fma16(x, key[v], sum[i][v]);
      }
    }
  UNROLL for (int i = 0; i < n; i++)
    UNROLL for (int v = 0; v < vectors; v++) store(scores + i * ld + column + 16 * v, sum[i][v]);
}

// sum += Σ p v over `count` positions, of n queries, in some vectors of a head's numbers from d on.
INLINE void mixture_of(const int n, const int vectors, const int same, const float *p, long ldp,
                       const float *const *values, long d, long size, long count, float *sum, long ld) {
  v16 total[QUERIES][4], value[4];
  UNROLL for (int i = 0; i < n; i++)
    UNROLL for (int v = 0; v < vectors; v++) total[i][v] = load(sum + i * ld + d + 16 * v);
  for (long j = 0; j < count; j++)
    UNROLL for (int i = 0; i < n; i++) {
      v16 x = splat(p[i * ldp + j]);
      UNROLL for (int v = 0; v < vectors; v++) {
        if (!same || i == 0) value[v] = load(values[i] + j * size + d + 16 * v);
        total[i][v] = fma16(x, value[v], total[i][v]);
      }
    }
  UNROLL for (int i = 0; i < n; i++)
    UNROLL for (int v = 0; v < vectors; v++) store(sum + i * ld + d + 16 * v, total[i][v]);
}

// The same in all vectors, for a number of queries that the compiler knows.
INLINE void all_scores_of(const int n, const int same, const float *const *query, const float *const *keys, long width,
                          long size, long capacity, float *scores, long ld) {
  long j = 0;
  for (; j + 16 * VECTORS(n) <= width; j += 16 * VECTORS(n))
    scores_of(n, VECTORS(n), same, query, keys, j, size, capacity, scores, ld);
  for (; j < width; j += 16) scores_of(n, 1, same, query, keys, j, size, capacity, scores, ld);
}

INLINE void whole_mixture_of(const int n, const int same, const float *p, long ldp, const float *const *values,
                             long size, long count, float *sum, long ld) {
  long d = 0;
  for (; d + 16 * VECTORS(n) <= ld; d += 16 * VECTORS(n))
    mixture_of(n, VECTORS(n), same, p, ldp, values, d, size, count, sum, ld);
  if (VECTORS(n) == 4)
    for (; d + 32 <= ld; d += 32) mixture_of(n, 2, same, p, ldp, values, d, size, count, sum, ld);
  for (; d < ld; d += 16) mixture_of(n, 1, same, p, ldp, values, d, size, count, sum, ld);
}

#define QUERY_CASE(n, call) case n: call; break;
#if TILE_ROWS > 4
#define QUERY_CASES(call) \
  QUERY_CASE(1, call(1)) QUERY_CASE(2, call(2)) QUERY_CASE(3, call(3)) QUERY_CASE(4, call(4)) \
  QUERY_CASE(5, call(5)) QUERY_CASE(6, call(6)) QUERY_CASE(7, call(7)) QUERY_CASE(8, call(8))
#else
#define QUERY_CASES(call) QUERY_CASE(1, call(1)) QUERY_CASE(2, call(2))
#endif

static void shared_scores(int n, const float *const *query, const float *const *keys, long width, long size,
                          long capacity, float *scores, long ld) {
#define CALL(n) all_scores_of(n, 1, query, keys, width, size, capacity, scores, ld)
  switch (n) { QUERY_CASES(CALL) }
#undef CALL
}

static void own_scores(int n, const float *const *query, const float *const *keys, long width, long size,
                       long capacity, float *scores, long ld) {
#define CALL(n) all_scores_of(n, 0, query, keys, width, size, capacity, scores, ld)
  switch (n) { QUERY_CASES(CALL) }
#undef CALL
}

static void shared_mixture(int n, const float *p, long ldp, const float *const *values, long size, long count,
                           float *sum, long ld) {
#define CALL(n) whole_mixture_of(n, 1, p, ldp, values, size, count, sum, ld)
  switch (n) { QUERY_CASES(CALL) }
#undef CALL
}

static void own_mixture(int n, const float *p, long ldp, const float *const *values, long size, long count, float *sum,
                        long ld) {
#define CALL(n) whole_mixture_of(n, 0, p, ldp, values, size, count, sum, ld)
  switch (n) { QUERY_CASES(CALL) }
#undef CALL
}

// Adds a position's key and value of one head to a cache.
INLINE void add_to_cache(const struct gradus_cache *cache, const struct gradus_attention *shape, long kv, long position,
                         const float *qkv) {
  long size = shape->head_size;
  const float *key = qkv + (shape->query_heads + kv) * size, *value = key + shape->key_heads * size;
  float *keys = cache->keys + kv * size * cache->capacity;
  for (long d = 0; d < size; d++) keys[d * cache->capacity + position] = key[d];
  memcpy(keys + shape->key_heads * size * cache->capacity + position * size, value, (size_t)size * 4);
}

static void cache_rows(long rows, long first, const struct gradus_attention *shape, const float *qkv, long ld,
                       const struct gradus_cache *cache) {
  for (long kv = 0; kv < shape->key_heads; kv++)
    for (long i = 0; i < rows; i++) add_to_cache(cache, shape, kv, first + i, qkv + i * ld);
}

static void attention_step(long count, long length, const struct gradus_attention *shape, const float *qkv, long ld,
                           const struct gradus_cache *shared, const struct gradus_cache *own, float *out, long ldo,
                           float *scratch) {
  long size = shape->head_size, group = shape->query_heads / shape->key_heads, before = shared->length;
  long seen = length + 1, from = oldest(shape, length), first = from / 16 * 16;
  long width = (seen - first + 15) / 16 * 16, whole = (size + 15) / 16 * 16;
  // Where what is read of the own caches begins: scores at a multiple of 16.
  long first_own = first > before ? first : before, from_own = from > before ? from : before;
  float *sums = scratch + QUERIES * width;
  for (long kv = 0; kv < shape->key_heads; kv++) {
    for (long i = 0; i < count; i++) add_to_cache(own + i, shape, kv, length - before, qkv + i * ld);
    const float *shared_keys = shared->keys + kv * size * shared->capacity;
    const float *shared_values = shared_keys + shape->key_heads * size * shared->capacity;
    for (long some = 0; some < count * group; some += QUERIES) {
      int n = count * group - some < QUERIES ? (int)(count * group - some) : QUERIES;
      const float *query[QUERIES], *keys[QUERIES], *values[QUERIES], *before_keys[QUERIES], *before_values[QUERIES];
      const int is_one = some / group == (some + n - 1) / group;
      for (int i = 0; i < n; i++) {
        const struct gradus_cache *cache = own + (some + i) / group;
        query[i] = qkv + (some + i) / group * ld + (kv * group + (some + i) % group) * size;
        keys[i] = cache->keys + kv * size * cache->capacity + first_own - before;
        values[i] = cache->keys + (shape->key_heads + kv) * size * cache->capacity + (from_own - before) * size;
        before_keys[i] = shared_keys + first;
        before_values[i] = shared_values + from * size;
      }
      if (first < before) shared_scores(n, query, before_keys, before - first, size, shared->capacity, scratch, width);
      (is_one ? shared_scores : own_scores)(n, query, keys, width - (first_own - first), size, own->capacity,
                                            scratch + first_own - first, width);
      for (int i = 0; i < n; i++) softmax_between(scratch + i * width, from - first, seen - first, width, shape->scale);
      memset(sums, 0, (size_t)(n * whole) * 4);
      if (from < before)
        shared_mixture(n, scratch + from - first, width, before_values, size, before - from, sums, whole);
      (is_one ? shared_mixture : own_mixture)(n, scratch + from_own - first, width, values, size, seen - from_own, sums,
                                              whole);
      for (int i = 0; i < n; i++)
        memcpy(out + (some + i) / group * ldo + (kv * group + (some + i) % group) * size, sums + i * whole,
               (size_t)size * 4);
    }
  }
}
