// The inner loops of a transformer, compiled for several kinds of CPU; the program chooses when it starts.
//
// All matrices are row-major 32-bit floats; `ld…` is the distance between the beginnings of two rows. A number of a
// result depends only on its own row and column, never on how many other rows are computed with it, so that a sequence
// gives the same bits in every batch and on any number of threads.
#ifndef GRADUS_KERNELS_H
#define GRADUS_KERNELS_H

#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// Threads may share it; Swift needs to be told.
#if defined(__swift__)
#define SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define SENDABLE
#endif

// How many columns a panel of a packed matrix has.
enum { GRADUS_PANEL = 32 };

// The shape of one sequence's attention: `query_heads` is a multiple of `key_heads`. A row of `qkv` is all query heads,
// all key heads, all value heads beside each other.
struct SENDABLE gradus_attention {
  long query_heads, key_heads, head_size;
  float scale;
  // How many positions each one sees, its own included; 0 for all before it.
  long window;
};

// The positions with which a sequence begins, as others do: their keys and values stand elsewhere, a row for each position, of
// all key heads and all value heads beside each other, `ld` apart.
struct SENDABLE gradus_shared {
  long length;
  const float *_Nullable keys;
  long ld;
};

// Keys [key_heads, head_size, capacity] of positions from a multiple of 16 on, and behind them their values [key_heads, capacity,
// head_size]; capacity is a multiple of 16.
struct SENDABLE gradus_cache {
  float *keys;
  long capacity;
  // How many positions it has; of a sequence's own cache that is what `length` of the step says.
  long length;
};

// With how many queries at a time a new position attends.
enum { GRADUS_QUERIES = 8 };

// How a row is normed: by its root mean square, or, if it centres, by mean and variance. `offset` is added to the weights; the
// weights of a norm that centres are followed by its biases.
struct SENDABLE gradus_norm {
  float epsilon, offset;
  int centres;
};

// log Σ exp(x / T), as the largest x / T and what is added to it.
struct SENDABLE gradus_softmax {
  float largest, log_sum;
};

// So many rows of a panel are multiplied at a time, and of bytes have a scale for each column.
enum { GRADUS_BLOCK = 256 };

// How panels keep numbers: as floats, as pairs of bfloat16, or as bytes with a scale for each column of a block (bytes.h).
enum { GRADUS_FLOATS, GRADUS_PAIRS, GRADUS_BYTES };

// The factor B of a product, in panels, or taken from a matrix in memory as it is.
struct SENDABLE gradus_packed {
  const void *panels;
  long capacity;
  // Of a matrix that is not packed, how many rows of `capacity` floats it has. B is its transpose or, turned, the matrix itself.
  long rows;
  // What the panels have: GRADUS_FLOATS, GRADUS_PAIRS or GRADUS_BYTES.
  int format;
  // Whether B is the transpose of what was packed; the panels then have room for 32 rows more.
  int turned;
  // Whether the product takes both factors as bfloat16; not for bytes. All sums are floats.
  int rounds;
};

struct SENDABLE gradus_kernels {
  // Which of the compiled variants this is: "avx512bf16", "avx512", "avx2" or "portable".
  const char *name;

  // MARK: Products (products.h)

  // Packs B[k,n] into panels of 32 columns: panels[j / 32][p][j % 32] = b[p, j]. A panel has room for `capacity` rows.
  void (*pack_rows)(long k, long n, const float *b, long ldb, float *panels, long capacity);
  // The same from the transposed matrix: panels[j / 32][p][j % 32] = b[j, p], b being [n,k].
  void (*pack_columns)(long k, long n, const float *b, long ldb, float *panels, long capacity);
  // The same, rounded to bfloat16: a 32-bit word has b[p, j] of an even p in its upper half and b[p + 1, j] in its lower half,
  // and panels[j / 32][p / 2][j % 32] are such words. The capacity is even. These become the rows from `first` on; after the
  // last one, `end_rows_half` sets what remains of its word to 0.
  void (*pack_rows_half)(long k, long n, const float *b, long ldb, void *panels, long capacity, long first);
  void (*end_rows_half)(long k, long n, void *panels, long capacity);
  void (*pack_columns_half)(long k, long n, const float *b, long ldb, void *panels, long capacity);
  // The same as bytes. Panels follow each other at `bytes_of_panel(capacity)` (bytes.h).
  void (*pack_columns_bytes)(long k, long n, const float *b, long ldb, void *panels, long capacity);
  // Column j of B[k,n], which is row j of the matrix that was packed by columns; `format` says how it was packed.
  void (*take_column)(long k, const void *panels, long capacity, int format, long j, float *y);
  // C[m,n] = init + A[m,k] · B. `init` has rows `ldinit` apart: 0 repeats one row, as a bias; NULL is zero; it may be C, if
  // k is at most 256 or an error of rounding more does not matter.
  void (*multiply)(long m, long n, long k, const float *a, long lda, const struct gradus_packed *b,
                   const float *_Nullable init, long ldinit, float *c, long ldc);
  // C[m,n] += Aᵀ · B, A being [k,m] and B not turned: the gradient of a weight. B is packed as pairs if the product rounds.
  void (*multiply_transposed)(long m, long n, long k, const float *a, long lda, const struct gradus_packed *b, float *c,
                              long ldc);

  // MARK: Elements (elements.h)

  // y = x · rstd · w with rstd = 1 / √(mean(x²) + ε), kept for the backward pass; or as `norm` says. x, y: [rows,n].
  void (*norm_forward)(long rows, long n, const float *x, long ldx, const float *w, const struct gradus_norm *norm,
                       float *y, long ldy, float *rstd);
  // dx += …, dw += …; dw has as many numbers as w.
  void (*norm_backward)(long rows, long n, const float *dy, long lddy, const float *x, long ldx, const float *w,
                        const struct gradus_norm *norm, const float *rstd, float *dx, long lddx, float *dw);
  // Rotates the first `rotated` numbers of each of `heads` heads by its row's position, in place; `sign` −1 turns back,
  // which is the backward pass. `cosines` and `sines`: [positions, rotated / 2].
  void (*rotate)(long rows, long heads, long head_size, long rotated, float *x, long ldx, const int32_t *positions,
                 const float *cosines, const float *sines, float sign);
  // y = silu(gate) · up; a row of `gate_up` is n gates and then n ups.
  void (*swiglu_forward)(long rows, long n, const float *gate_up, long ldg, float *y, long ldy);
  // dgate_up from dy; the two must not overlap.
  void (*swiglu_backward)(long rows, long n, const float *gate_up, long ldg, const float *dy, long lddy,
                          float *dgate_up, long lddg);
  // The same with y = gelu(gate) · up.
  void (*geglu_forward)(long rows, long n, const float *gate_up, long ldg, float *y, long ldy);
  void (*geglu_backward)(long rows, long n, const float *gate_up, long ldg, const float *dy, long lddy,
                         float *dgate_up, long lddg);
  // y = gelu(x), by tanh; x, y, dx: [rows,n].
  void (*gelu_forward)(long rows, long n, const float *x, long ldx, float *y, long ldy);
  void (*gelu_backward)(long rows, long n, const float *x, long ldx, const float *dy, long lddy, float *dx, long lddx);
  // x *= factor; x: [rows,n].
  void (*scale_rows)(long rows, long n, float factor, float *x, long ldx);
  // sum[n] += the rows of x[rows,n], in their order.
  void (*add_rows)(long rows, long n, const float *x, long ldx, float *sum);

  // MARK: Attention (attention.h)

  // How many floats `scratch` needs for a sequence of this length, with what it shares.
  long (*attention_scratch)(long length, const struct gradus_attention *shape);
  // out[length, query_heads · head_size] = softmax(scale · q kᵀ, causal) v of a sequence's own positions, which follow the
  // shared ones; lse: [query_heads, length], the logarithm of each softmax's denominator, kept for the backward pass.
  void (*attention_forward)(const struct gradus_shared *shared, long length, const struct gradus_attention *shape,
                            const float *qkv, long ld, float *out, long ldo, float *lse, float *scratch);
  // dqkv = …, from dout, and dshared += …, the gradient of the shared keys and values, which stand as these do; `qkv`, `out`
  // and `lse` are those of the forward pass.
  void (*attention_backward)(const struct gradus_shared *shared, long length, const struct gradus_attention *shape,
                             const float *qkv, long ld, const float *out, const float *dout, long ldo,
                             const float *lse, float *dqkv, long ldd, float *dshared, long ldshared, float *scratch);
  // MARK: Generation (decoding.h)

  // Adds the keys and values of rows of qkv to a cache, as its positions from `first` on.
  void (*cache_rows)(long rows, long first, const struct gradus_attention *shape, const float *qkv, long ld,
                     const struct gradus_cache *cache);
  // A new position, number `length`, of each of `count` sequences that share what stands before shared->length: its key and
  // value are added to the sequence's own cache, and it attends to all of them. A row of qkv and of out[count, query_heads ·
  // head_size] for each. scratch: GRADUS_QUERIES rows of as many floats as there are positions and numbers of a head, both
  // rounded up to a multiple of 16.
  void (*attention_step)(long count, long length, const struct gradus_attention *shape, const float *qkv, long ld,
                         const struct gradus_cache *shared, const struct gradus_cache *own, float *out, long ldo,
                         float *scratch);

  // MARK: Heads (heads.h)

  // logp[r] = log softmax(logits[r] / T)[targets[r]], and the entropy of that distribution if asked for.
  void (*token_logp_forward)(long rows, long n, const float *logits, long ld, const int32_t *targets,
                             float inverse_temperature, float *logp, float *_Nullable entropy);
  // The logits become their gradient: dlogp (onehot − p) / T, minus dentropy · p (log p + H) / T.
  void (*token_logp_backward)(long rows, long n, float *logits, long ld, const int32_t *targets,
                              float inverse_temperature, const float *dlogp, const float *_Nullable dentropy);
  // x = softmax(x / T) in place.
  struct gradus_softmax (*softmax)(long n, float *x, float inverse_temperature);
  // log softmax(x / T) of the number x that was `logit`, with the bits of `token_logp_forward`.
  float (*token_logp)(float logit, float inverse_temperature, const struct gradus_softmax *softmax);
  // The divergence of a teacher's distribution q from p = softmax(logits / T), in each row: with β 0 KL(q ‖ p), with 1
  // KL(p ‖ q), else β KL(q ‖ m) + (1 − β) KL(p ‖ m), m = β q + (1 − β) p.
  void (*divergence_forward)(long rows, long n, const float *logits, long ld, const float *teacher, long ldt,
                             float inverse_temperature, float beta, float *divergence);
  // The logits become their gradient: ddivergence · p (g − Σ p g) / T, where g is the derivative by p.
  void (*divergence_backward)(long rows, long n, float *logits, long ld, const float *teacher, long ldt,
                              float inverse_temperature, float beta, const float *ddivergence);

  // MARK: Optimizer (optimizer.h)

  double (*sum_of_squares)(long n, const float *x);
  // AdamW on n parameters whose gradient is scaled by `scale` first; `correction1` is 1 − β₁ᵗ, `correction2` 1 − β₂ᵗ.
  void (*adamw)(long n, float *parameters, const float *gradient, float *first, float *second, float scale,
                float learning_rate, float beta1, float beta2, float epsilon, float weight_decay, float correction1,
                float correction2);
};

// The variant for this CPU, or the one that the environment's GRADUS_KERNELS names, if the CPU has it.
const struct gradus_kernels *gradus_kernels(void);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
#endif
