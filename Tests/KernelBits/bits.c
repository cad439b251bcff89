// Calls every kernel with the same numbers and prints a hash of all bits that it wrote: two kinds of CPU on which a kernel's
// operations are the same print the same lines. `Scripts/aarch64.sh` compares them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static struct gradus_kernels kernels;
static uint64_t state, hash;

// SplitMix64 (Steele, Lea and Flood 2014), of which 24 bits become a number in [-1, 1).
static float number(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return (float)((z ^ z >> 31) >> 40) * 0x1p-23f - 1;
}

// FNV-1a, 64 bits.
static void add(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}

// Numbers that are freed when the program ends, with as much behind them as a kernel may read beyond.
static float *numbers(long count, float scale) {
  float *x = malloc(((size_t)count + 64) * sizeof *x);
  for (long i = 0; i < count + 64; i++) x[i] = scale * number();
  return x;
}

static void add_floats(long count, const float *x) { add(x, (size_t)count * sizeof *x); }

static void end(const char *name) {
  printf("%-22s %016llx\n", name, (unsigned long long)hash);
  state = hash = 0xcbf29ce484222325;
}

// One number, an odd number of everything, edges of tiles and of panels, more than a block.
static const long shapes[][3] = {{1, 1, 1}, {13, 33, 7}, {5, 70, 40}, {14, 530, 48}, {140, 17, 300}, {12, 64, 256}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

// MARK: Products

static void products(int half, int turned, int rounds, int plain) {
  for (int s = 0; s < SHAPES; s++) {
    long m = shapes[s][0], n = shapes[s][1], k = shapes[s][2], capacity = half ? k + k % 2 : k;
    const float *w = numbers(n * k, 1), *bias = numbers(n, 1), *x = numbers(m * k, 1), *dy = numbers(m * n, 1);
    void *panels = calloc((size_t)(32 * ((n + 31) / 32 * capacity + 32)), sizeof(float));
    if (half) kernels.pack_columns_half(k, n, w, k, panels, capacity);
    else kernels.pack_columns(k, n, w, k, panels, capacity);
    struct gradus_packed b = {plain ? w : panels, plain ? k : capacity, plain ? n : 0, half, turned, rounds};
    float *y = numbers(turned ? m * k : m * n, 0), *column = numbers(k, 0);
    if (turned) kernels.multiply(m, k, n, dy, n, &b, 0, 0, y, k);
    else kernels.multiply(m, n, k, x, k, &b, s % 2 ? bias : 0, 0, y, n);
    add_floats(turned ? m * k : m * n, y);
    kernels.take_column(k, panels, capacity, half, n - 1, column);
    add_floats(k, column);
  }
}

static void weight_gradients(int rounds) {
  for (int s = 0; s < SHAPES; s++) {
    long m = shapes[s][0], n = shapes[s][1], k = shapes[s][2], capacity = k + (rounds ? k % 2 : 0);
    const float *a = numbers(k * m, 1), *b = numbers(k * n, 1);
    void *panels = calloc((size_t)(32 * ((n + 31) / 32) * capacity), sizeof(float));
    if (rounds) {
      kernels.pack_rows_half(k - k / 3, n, b + k / 3 * n, n, panels, capacity, k / 3);
      kernels.pack_rows_half(k / 3, n, b, n, panels, capacity, 0);
      kernels.end_rows_half(k, n, panels, capacity);
    } else {
      kernels.pack_rows(k, n, b, n, panels, capacity);
    }
    struct gradus_packed packed = {panels, capacity, 0, rounds, 0, rounds};
    float *c = numbers(m * n, 1);
    kernels.multiply_transposed(m, n, k, a, m, &packed, c, n);
    add_floats(m * n, c);
  }
}

// MARK: Rows

static const long widths[] = {1, 7, 16, 33, 200};
enum { WIDTHS = sizeof widths / sizeof *widths, ROWS = 5 };

static void norms(int centres) {
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    struct gradus_norm norm = {1e-5f, centres ? 0 : 0.5f, centres};
    const float *x = numbers(ROWS * n, 3), *w = numbers(2 * n, 1), *dy = numbers(ROWS * n, 1);
    float *y = numbers(ROWS * n, 0), *rstd = numbers(ROWS, 0), *dx = numbers(ROWS * n, 1), *dw = numbers(2 * n, 1);
    kernels.norm_forward(ROWS, n, x, n, w, &norm, y, n, rstd);
    kernels.norm_backward(ROWS, n, dy, n, x, n, w, &norm, rstd, dx, n, dw);
    add_floats(ROWS * n, y), add_floats(ROWS, rstd), add_floats(ROWS * n, dx), add_floats(2 * n, dw);
  }
}

static void rotations(void) {
  for (long size = 2; size <= 80; size += 26) {
    long heads = 3, rotated = size / 4 * 2 + 2;
    const int32_t positions[ROWS] = {0, 3, 1, 7, 2};
    const float *cosines = numbers(8 * rotated, 1), *sines = numbers(8 * rotated, 1);
    float *x = numbers(ROWS * heads * size, 2);
    kernels.rotate(ROWS, heads, size, rotated, x, heads * size, positions, cosines, sines, size % 4 ? 1 : -1);
    add_floats(ROWS * heads * size, x);
  }
}

typedef void forward_gate(long, long, const float *, long, float *, long);
typedef void backward_gate(long, long, const float *, long, const float *, long, float *, long);

static void gates(forward_gate *forward, backward_gate *backward, long inputs) {
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    const float *x = numbers(ROWS * inputs * n, 9), *dy = numbers(ROWS * n, 1);
    float *y = numbers(ROWS * n, 0), *dx = numbers(ROWS * inputs * n, 0);
    forward(ROWS, n, x, inputs * n, y, n);
    backward(ROWS, n, x, inputs * n, dy, n, dx, inputs * n);
    add_floats(ROWS * n, y), add_floats(ROWS * inputs * n, dx);
  }
}

static void sums(void) {
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    float *x = numbers(ROWS * n, 1), *sum = numbers(n, 1);
    kernels.scale_rows(ROWS, n, 1.7f, x, n);
    kernels.add_rows(ROWS, n, x, n, sum);
    double squares = kernels.sum_of_squares(ROWS * n, x);
    add_floats(ROWS * n, x), add_floats(n, sum), add(&squares, sizeof squares);
  }
}

static void optimizers(void) {
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    float *p = numbers(n, 1), *first = numbers(n, 0), *second = numbers(n, 0);
    memset(first, 0, (size_t)n * sizeof *first), memset(second, 0, (size_t)n * sizeof *second);
    for (int step = 0; step < 3; step++)
      kernels.adamw(n, p, numbers(n, 1), first, second, 0.5f, 1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.1f + step, 0.01f + step);
    add_floats(n, p), add_floats(n, first), add_floats(n, second);
  }
}

// MARK: Attention

static void attention(long window, long before) {
  static const long lengths[] = {1, 17, 50, 101};
  struct gradus_attention shape = {4, 2, 24, 0.2f, window};
  for (int i = 0; i < 4; i++) {
    long length = lengths[i], width = 8 * 24, out_width = 4 * 24, shared_width = 4 * 24;
    struct gradus_shared shared = {before, numbers(before * shared_width, 2), shared_width};
    const float *qkv = numbers(length * width, 2), *dout = numbers(length * out_width, 1);
    float *out = numbers(length * out_width, 0), *lse = numbers(length * 4, 0), *dqkv = numbers(length * width, 0);
    float *dshared = numbers(before * shared_width, 1);
    float *scratch = numbers(kernels.attention_scratch(before + length, &shape), 0);
    kernels.attention_forward(&shared, length, &shape, qkv, width, out, out_width, lse, scratch);
    kernels.attention_backward(&shared, length, &shape, qkv, width, out, dout, out_width, lse, dqkv, width, dshared,
                               shared_width, scratch);
    add_floats(length * out_width, out), add_floats(length * 4, lse), add_floats(length * width, dqkv);
    add_floats(before * shared_width, dshared);
  }
}

static void steps(long window, long before, long count) {  // `before` is a multiple of 16
  struct gradus_attention shape = {4, 2, 24, 0.2f, window};
  long width = 8 * 24, out_width = 4 * 24, capacity = 64, cache = 2 * 2 * 24 * capacity;
  struct gradus_cache shared = {numbers(cache, 0), capacity, before}, own[8];
  kernels.cache_rows(before, 0, &shape, numbers(before * width, 2), width, &shared);
  for (long i = 0; i < count; i++) own[i] = (struct gradus_cache){numbers(cache, 0), capacity, 0};
  float *out = numbers(count * out_width, 0), *scratch = numbers(GRADUS_QUERIES * (128 + 32), 0);
  for (long length = before; length < before + 21; length++) {
    kernels.attention_step(count, length, &shape, numbers(count * width, 2), width, &shared, own, out, out_width, scratch);
    add_floats(count * out_width, out);
  }
}

// MARK: Heads

static void heads(void) {
  const int32_t targets[ROWS] = {0, 0, 0, 0, 0};
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    float *logits = numbers(ROWS * n, 9), *logp = numbers(ROWS, 0), *entropy = numbers(ROWS, 0);
    kernels.token_logp_forward(ROWS, n, logits, n, targets, 1.25f, logp, entropy);
    kernels.token_logp_backward(ROWS, n, logits, n, targets, 1.25f, numbers(ROWS, 1), numbers(ROWS, 1));
    add_floats(ROWS, logp), add_floats(ROWS, entropy), add_floats(ROWS * n, logits);
    float *x = numbers(n, 9), first = x[0];
    struct gradus_softmax softmax = kernels.softmax(n, x, 0.7f);
    float again = kernels.token_logp(first, 0.7f, &softmax);
    add_floats(n, x), add(&softmax, sizeof softmax), add(&again, sizeof again);
  }
}

static void divergences(float beta) {
  for (int i = 0; i < WIDTHS; i++) {
    long n = widths[i];
    float *logits = numbers(ROWS * n, 5), *teacher = numbers(ROWS * n, 5), *divergence = numbers(ROWS, 0);
    kernels.divergence_forward(ROWS, n, logits, n, teacher, n, 0.8f, beta, divergence);
    kernels.divergence_backward(ROWS, n, logits, n, teacher, n, 0.8f, beta, numbers(ROWS, 1));
    add_floats(ROWS, divergence), add_floats(ROWS * n, logits);
  }
}

int main(void) {
  kernels = *gradus_kernels();
  fprintf(stderr, "%s\n", kernels.name);
  state = hash = 0xcbf29ce484222325;
  products(0, 0, 0, 0), end("multiply");
  products(0, 0, 0, 1), end("multiply, plain");
  products(0, 1, 0, 0), end("multiply, turned");
  products(0, 1, 0, 1), end("multiply, plain turned");
  products(1, 0, 1, 0), end("multiply, bfloat16");
  products(1, 1, 1, 0), end("multiply, bf16 turned");
  products(0, 0, 1, 1), end("multiply, rounds");
  products(1, 0, 0, 0), end("multiply, half");
  weight_gradients(0), end("multiply_transposed");
  weight_gradients(1), end("… of bfloat16");
  norms(0), end("norm, RMS");
  norms(1), end("norm, layer");
  rotations(), end("rotate");
  gates(kernels.swiglu_forward, kernels.swiglu_backward, 2), end("swiglu");
  gates(kernels.geglu_forward, kernels.geglu_backward, 2), end("geglu");
  gates(kernels.gelu_forward, kernels.gelu_backward, 1), end("gelu");
  sums(), end("rows and squares");
  attention(0, 0), end("attention");
  attention(7, 0), end("attention, window");
  attention(0, 19), end("attention, shared");
  steps(0, 0, 1), end("attention_step");
  steps(0, 32, 5), end("attention_step, shared");
  steps(9, 32, 3), end("attention_step, window");
  heads(), end("logp and softmax");
  divergences(0), end("divergence, forward");
  divergences(1), end("divergence, reverse");
  divergences(0.3f), end("divergence, between");
  optimizers(), end("adamw");
}
