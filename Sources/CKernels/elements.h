// Operations on single rows or numbers, each forward and backward.

// RMSNorm: y = x · rstd · (w + offset), rstd = 1 / √(mean(x²) + ε). Zhang and Sennrich 2019; transformers LlamaRMSNorm, and
// Gemma3RMSNorm for the offset 1.
static void rms_forward(long rows, long n, const float *x, long ldx, const float *w, const struct gradus_norm *norm,
                        float *y, long ldy, float *rstd) {
  long whole = n / 16 * 16, rest = n - whole;
  float offset = norm->offset;
  for (long r = 0; r < rows; r++, x += ldx, y += ldy) {
    v16 squares = splat(0);
    for (long i = 0; i < whole; i += 16) squares = fma16(load(x + i), load(x + i), squares);
    if (rest) {
      v16 last = load_some(x + whole, rest, 0);
      squares = fma16(last, last, squares);
    }
    float scale = 1 / sqrtf(sum16(squares) / (float)n + norm->epsilon);
    rstd[r] = scale;
    for (long i = 0; i < whole; i += 16) store(y + i, load(x + i) * splat(scale) * (load(w + i) + splat(offset)));
    for (long i = whole; i < n; i++) y[i] = x[i] * scale * (w[i] + offset);
  }
}

// With x̂ = x · rstd and g = dy · (w + offset): dx += rstd (g − x̂ · mean(g x̂)), dw += dy x̂.
static void rms_backward(long rows, long n, const float *dy, long lddy, const float *x, long ldx, const float *w,
                         float offset, const float *rstd, float *dx, long lddx, float *dw) {
  long whole = n / 16 * 16;
  for (long r = 0; r < rows; r++, dy += lddy, x += ldx, dx += lddx) {
    float scale = rstd[r];
    v16 dots = splat(0);
    for (long i = 0; i < whole; i += 16)
      dots = fma16(load(dy + i) * (load(w + i) + splat(offset)), load(x + i), dots);
    float dot = sum16(dots);
    for (long i = whole; i < n; i++) dot = fma1(dy[i] * (w[i] + offset), x[i], dot);
    float along = dot * scale * scale * scale / (float)n;
    for (long i = 0; i < whole; i += 16) {
      v16 g = load(dy + i), h = load(x + i);
      store(dx + i, load(dx + i) + (splat(scale) * g * (load(w + i) + splat(offset)) - splat(along) * h));
      store(dw + i, fma16(g * splat(scale), h, load(dw + i)));
    }
    for (long i = whole; i < n; i++) {
      dx[i] += scale * dy[i] * (w[i] + offset) - along * x[i];
      dw[i] += dy[i] * scale * x[i];
    }
  }
}

INLINE float mean_of(long n, const float *x) {
  v16 sum = splat(0);
  long i = 0;
  for (; i + 16 <= n; i += 16) sum += load(x + i);
  if (i < n) sum += load_some(x + i, n - i, 0);
  return sum16(sum) / (float)n;
}

// LayerNorm: y = (x − mean(x)) · rstd · w + b, rstd = 1 / √(variance(x) + ε); b follows w. Ba et al. 2016; torch.nn.LayerNorm.
static void layer_norm_forward(long rows, long n, const float *x, long ldx, const float *w,
                               const struct gradus_norm *norm, float *y, long ldy, float *rstd) {
  long whole = n / 16 * 16;
  const float *b = w + n;
  for (long r = 0; r < rows; r++, x += ldx, y += ldy) {
    float mean = mean_of(n, x);
    v16 squares = splat(0);
    for (long i = 0; i < whole; i += 16) {
      v16 d = load(x + i) - splat(mean);
      squares = fma16(d, d, squares);
    }
    float sum = sum16(squares);
    for (long i = whole; i < n; i++) sum = fma1(x[i] - mean, x[i] - mean, sum);
    float scale = 1 / sqrtf(sum / (float)n + norm->epsilon);
    rstd[r] = scale;
    for (long i = 0; i < whole; i += 16)
      store(y + i, fma16((load(x + i) - splat(mean)) * splat(scale), load(w + i), load(b + i)));
    for (long i = whole; i < n; i++) y[i] = (x[i] - mean) * scale * w[i] + b[i];
  }
}

// With x̂ = (x − mean(x)) · rstd and g = dy · w: dx += rstd (g − mean(g) − x̂ · mean(g x̂)), dw += dy x̂, db += dy.
static void layer_norm_backward(long rows, long n, const float *dy, long lddy, const float *x, long ldx, const float *w,
                                const float *rstd, float *dx, long lddx, float *dw) {
  long whole = n / 16 * 16;
  float *db = dw + n;
  for (long r = 0; r < rows; r++, dy += lddy, x += ldx, dx += lddx) {
    float scale = rstd[r], mean = mean_of(n, x);
    v16 sums = splat(0), dots = splat(0);
    for (long i = 0; i < whole; i += 16) {
      v16 g = load(dy + i) * load(w + i);
      sums += g;
      dots = fma16(g, load(x + i) - splat(mean), dots);
    }
    float sum = sum16(sums), dot = sum16(dots);
    for (long i = whole; i < n; i++) {
      sum = fma1(dy[i], w[i], sum);
      dot = fma1(dy[i] * w[i], x[i] - mean, dot);
    }
    float common = sum / (float)n, along = dot * scale * scale / (float)n;
    for (long i = 0; i < whole; i += 16) {
      v16 g = load(dy + i), centred = load(x + i) - splat(mean);
      store(dx + i, load(dx + i) + splat(scale) * (g * load(w + i) - splat(common) - splat(along) * centred));
      store(dw + i, fma16(g * splat(scale), centred, load(dw + i)));
      store(db + i, load(db + i) + g);
    }
    for (long i = whole; i < n; i++) {
      dx[i] += scale * (dy[i] * w[i] - common - along * (x[i] - mean));
      dw[i] += dy[i] * scale * (x[i] - mean);
      db[i] += dy[i];
    }
  }
}

static void norm_forward(long rows, long n, const float *x, long ldx, const float *w, const struct gradus_norm *norm,
                         float *y, long ldy, float *rstd) {
  (norm->centres ? layer_norm_forward : rms_forward)(rows, n, x, ldx, w, norm, y, ldy, rstd);
}

static void norm_backward(long rows, long n, const float *dy, long lddy, const float *x, long ldx, const float *w,
                          const struct gradus_norm *norm, const float *rstd, float *dx, long lddx, float *dw) {
  if (norm->centres)
    layer_norm_backward(rows, n, dy, lddy, x, ldx, w, rstd, dx, lddx, dw);
  else
    rms_backward(rows, n, dy, lddy, x, ldx, w, norm->offset, rstd, dx, lddx, dw);
}

// Rotary embedding: the numbers i and i + rotated / 2 of a head turn by the angle position · θ^(−2i / rotated); those from
// `rotated` on stay. Su et al. 2021; transformers apply_rotary_pos_emb, which pairs two halves.
static void rotate(long rows, long heads, long head_size, long rotated, float *x, long ldx, const int32_t *positions,
                   const float *cosines, const float *sines, float sign) {
  long half = rotated / 2;
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

INLINE v16 silu(v16 x) { return x * sigmoid16(x); }

// dup = dy · silu(gate), dgate = dy · up · σ(gate) (1 + gate (1 − σ(gate))).
INLINE void swiglu_gradient(v16 gate, v16 up, v16 dy, v16 *dgate, v16 *dup) {
  v16 sigmoid = sigmoid16(gate);
  *dup = dy * gate * sigmoid;
  *dgate = dy * up * sigmoid * (splat(1) + gate * (splat(1) - sigmoid));
}

// ½ (1 + tanh u) = σ(2u) with u = √(2/π) (x + 0.044715 x³).
INLINE v16 gelu_share(v16 x) {
  return sigmoid16(splat(1.5957691216f) * x * fma16(splat(0.044715f) * x, x, splat(1)));
}

// GELU by tanh: x σ(2u). Hendrycks and Gimpel 2016; transformers `gelu_pytorch_tanh` and `gelu_new`.
INLINE v16 gelu(v16 x) { return x * gelu_share(x); }

// s + x s (1 − s) 2u′ with s = σ(2u).
INLINE v16 gelu_slope(v16 x) {
  v16 share = gelu_share(x), along = splat(1.5957691216f) * fma16(splat(0.134145f) * x, x, splat(1));
  return share * (splat(1) + x * (splat(1) - share) * along);
}

INLINE void geglu_gradient(v16 gate, v16 up, v16 dy, v16 *dgate, v16 *dup) {
  *dup = dy * gelu(gate);
  *dgate = dy * up * gelu_slope(gate);
}

// y = f(gate) · up; Shazeer 2020.
INLINE void gated_forward(v16 (*f)(v16), long rows, long n, const float *gate_up, long ldg, float *y, long ldy) {
  for (long r = 0; r < rows; r++, gate_up += ldg, y += ldy) {
    long i = 0;
    for (; i + 16 <= n; i += 16) store(y + i, f(load(gate_up + i)) * load(gate_up + n + i));
    if (i < n)
      store_some(y + i, n - i, f(load_some(gate_up + i, n - i, 0)) * load_some(gate_up + n + i, n - i, 0));
  }
}

INLINE void gated_backward(void (*gradient)(v16, v16, v16, v16 *, v16 *), long rows, long n, const float *gate_up,
                           long ldg, const float *dy, long lddy, float *dgate_up, long lddg) {
  v16 dgate, dup;
  for (long r = 0; r < rows; r++, gate_up += ldg, dy += lddy, dgate_up += lddg) {
    long i = 0;
    for (; i + 16 <= n; i += 16) {
      gradient(load(gate_up + i), load(gate_up + n + i), load(dy + i), &dgate, &dup);
      store(dgate_up + i, dgate);
      store(dgate_up + n + i, dup);
    }
    if (i < n) {
      gradient(load_some(gate_up + i, n - i, 0), load_some(gate_up + n + i, n - i, 0), load_some(dy + i, n - i, 0),
               &dgate, &dup);
      store_some(dgate_up + i, n - i, dgate);
      store_some(dgate_up + n + i, n - i, dup);
    }
  }
}

// SwiGLU: silu(x) = x σ(x); transformers LlamaMLP.
static void swiglu_forward(long rows, long n, const float *gate_up, long ldg, float *y, long ldy) {
  gated_forward(silu, rows, n, gate_up, ldg, y, ldy);
}

static void swiglu_backward(long rows, long n, const float *gate_up, long ldg, const float *dy, long lddy,
                            float *dgate_up, long lddg) {
  gated_backward(swiglu_gradient, rows, n, gate_up, ldg, dy, lddy, dgate_up, lddg);
}

// GeGLU; transformers Gemma3MLP.
static void geglu_forward(long rows, long n, const float *gate_up, long ldg, float *y, long ldy) {
  gated_forward(gelu, rows, n, gate_up, ldg, y, ldy);
}

static void geglu_backward(long rows, long n, const float *gate_up, long ldg, const float *dy, long lddy,
                           float *dgate_up, long lddg) {
  gated_backward(geglu_gradient, rows, n, gate_up, ldg, dy, lddy, dgate_up, lddg);
}

// GELU without a gate; transformers GPT2MLP.
static void gelu_forward(long rows, long n, const float *x, long ldx, float *y, long ldy) {
  for (long r = 0; r < rows; r++, x += ldx, y += ldy) {
    long i = 0;
    for (; i + 16 <= n; i += 16) store(y + i, gelu(load(x + i)));
    if (i < n) store_some(y + i, n - i, gelu(load_some(x + i, n - i, 0)));
  }
}

static void gelu_backward(long rows, long n, const float *x, long ldx, const float *dy, long lddy, float *dx,
                          long lddx) {
  for (long r = 0; r < rows; r++, x += ldx, dy += lddy, dx += lddx) {
    long i = 0;
    for (; i + 16 <= n; i += 16) store(dx + i, load(dy + i) * gelu_slope(load(x + i)));
    if (i < n)
      store_some(dx + i, n - i, load_some(dy + i, n - i, 0) * gelu_slope(load_some(x + i, n - i, 0)));
  }
}

static void scale_rows(long rows, long n, float factor, float *x, long ldx) {
  for (long r = 0; r < rows; r++, x += ldx) {
    long i = 0;
    for (; i + 16 <= n; i += 16) store(x + i, load(x + i) * splat(factor));
    for (; i < n; i++) x[i] *= factor;
  }
}

static void add_rows(long rows, long n, const float *x, long ldx, float *sum) {
  for (long r = 0; r < rows; r++) add_row(n, x + r * ldx, sum);
}
