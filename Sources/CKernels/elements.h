// Operations on single rows or numbers, each forward and backward.

// RMSNorm: y = x · rstd · w, rstd = 1 / √(mean(x²) + ε). Zhang and Sennrich 2019; transformers LlamaRMSNorm.
static void norm_forward(long rows, long n, const float *x, long ldx, const float *w, float epsilon, float *y,
                         long ldy, float *rstd) {
  long whole = n / 16 * 16, rest = n - whole;
  for (long r = 0; r < rows; r++, x += ldx, y += ldy) {
    v16 squares = splat(0);
    for (long i = 0; i < whole; i += 16) squares = fma16(load(x + i), load(x + i), squares);
    if (rest) {
      v16 last = load_some(x + whole, rest, 0);
      squares = fma16(last, last, squares);
    }
    float scale = 1 / sqrtf(sum16(squares) / (float)n + epsilon);
    rstd[r] = scale;
    for (long i = 0; i < whole; i += 16) store(y + i, load(x + i) * splat(scale) * load(w + i));
    for (long i = whole; i < n; i++) y[i] = x[i] * scale * w[i];
  }
}

// With x̂ = x · rstd and g = dy · w: dx += rstd (g − x̂ · mean(g x̂)), dw += dy x̂.
static void norm_backward(long rows, long n, const float *dy, long lddy, const float *x, long ldx, const float *w,
                          const float *rstd, float *dx, long lddx, float *dw) {
  long whole = n / 16 * 16;
  for (long r = 0; r < rows; r++, dy += lddy, x += ldx, dx += lddx) {
    float scale = rstd[r];
    v16 dots = splat(0);
    for (long i = 0; i < whole; i += 16) dots = fma16(load(dy + i) * load(w + i), load(x + i), dots);
    float dot = sum16(dots);
    for (long i = whole; i < n; i++) dot += dy[i] * w[i] * x[i];
    float along = dot * scale * scale * scale / (float)n;
    for (long i = 0; i < whole; i += 16) {
      v16 g = load(dy + i), h = load(x + i);
      store(dx + i, load(dx + i) + (splat(scale) * g * load(w + i) - splat(along) * h));
      store(dw + i, fma16(g * splat(scale), h, load(dw + i)));
    }
    for (long i = whole; i < n; i++) {
      dx[i] += scale * dy[i] * w[i] - along * x[i];
      dw[i] += dy[i] * scale * x[i];
    }
  }
}

// Rotary embedding: the numbers i and i + head_size / 2 of a head turn by the angle position · θ^(−2i / head_size).
// Su et al. 2021; transformers apply_rotary_pos_emb, which pairs the two halves of a head.
static void rotate(long rows, long heads, long head_size, float *x, long ldx, const int32_t *positions,
                   const float *cosines, const float *sines, float sign) {
  long half = head_size / 2;
  for (long r = 0; r < rows; r++, x += ldx) {
    const float *c = cosines + positions[r] * half, *s = sines + positions[r] * half;
    for (long h = 0; h < heads; h++) {
      float *first = x + h * head_size, *second = first + half;
      long i = 0;
      for (; i + 16 <= half; i += 16) {
        v16 a = load(first + i), b = load(second + i), cosine = load(c + i), sine = splat(sign) * load(s + i);
        store(first + i, a * cosine - b * sine);
        store(second + i, b * cosine + a * sine);
      }
      for (; i < half; i++) {
        float a = first[i], b = second[i], sine = sign * s[i];
        first[i] = a * c[i] - b * sine;
        second[i] = b * c[i] + a * sine;
      }
    }
  }
}

INLINE v16 sigmoid16(v16 x) { return splat(1) / (splat(1) + exp16(-x)); }

// SwiGLU: y = silu(gate) · up, silu(x) = x σ(x). Shazeer 2020; transformers LlamaMLP.
static void swiglu_forward(long rows, long n, const float *gate_up, long ldg, float *y, long ldy) {
  for (long r = 0; r < rows; r++, gate_up += ldg, y += ldy) {
    long i = 0;
    for (; i + 16 <= n; i += 16) {
      v16 gate = load(gate_up + i);
      store(y + i, gate * sigmoid16(gate) * load(gate_up + n + i));
    }
    if (i < n) {
      v16 gate = load_some(gate_up + i, n - i, 0);
      store_some(y + i, n - i, gate * sigmoid16(gate) * load_some(gate_up + n + i, n - i, 0));
    }
  }
}

// dup = dy · silu(gate), dgate = dy · up · σ(gate) (1 + gate (1 − σ(gate))).
INLINE void swiglu_gradient(v16 gate, v16 up, v16 dy, v16 *dgate, v16 *dup) {
  v16 sigmoid = sigmoid16(gate);
  *dup = dy * gate * sigmoid;
  *dgate = dy * up * sigmoid * (splat(1) + gate * (splat(1) - sigmoid));
}

static void swiglu_backward(long rows, long n, const float *gate_up, long ldg, const float *dy, long lddy,
                            float *dgate_up, long lddg) {
  v16 dgate, dup;
  for (long r = 0; r < rows; r++, gate_up += ldg, dy += lddy, dgate_up += lddg) {
    long i = 0;
    for (; i + 16 <= n; i += 16) {
      swiglu_gradient(load(gate_up + i), load(gate_up + n + i), load(dy + i), &dgate, &dup);
      store(dgate_up + i, dgate);
      store(dgate_up + n + i, dup);
    }
    if (i < n) {
      swiglu_gradient(load_some(gate_up + i, n - i, 0), load_some(gate_up + n + i, n - i, 0),
                      load_some(dy + i, n - i, 0), &dgate, &dup);
      store_some(dgate_up + i, n - i, dgate);
      store_some(dgate_up + n + i, n - i, dup);
    }
  }
}

static void add_rows(long rows, long n, const float *x, long ldx, float *sum) {
  for (long r = 0; r < rows; r++) add_row(n, x + r * ldx, sum);
}
