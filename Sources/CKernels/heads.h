// From logits to log-probabilities, and the gradient back.

INLINE struct gradus_softmax softmax_row(long n, const float *x, float inverse_temperature) {
  long whole = n / 16 * 16, rest = n - whole;
  v16 largest = splat(-INFINITY), scale = splat(inverse_temperature);
  for (long i = 0; i < whole; i += 16) largest = larger(largest, load(x + i));
  if (rest) largest = larger(largest, load_some(x + whole, rest, -INFINITY));
  float top = largest16(largest) * inverse_temperature;
  v16 sum = splat(0);
  for (long i = 0; i < whole; i += 16) sum += exp16(load(x + i) * scale - splat(top));
  float total = sum16(sum);
  if (rest) {
    v16 last = exp16(load_some(x + whole, rest, 0) * scale - splat(top));
    for (long i = 0; i < rest; i++) total += last[i];
  }
  return (struct gradus_softmax){top, log_of(total)};
}

static float token_logp(float logit, float inverse_temperature, const struct gradus_softmax *softmax) {
  return (logit * inverse_temperature - softmax->largest) - softmax->log_sum;
}

static void token_logp_forward(long rows, long n, const float *logits, long ld, const int32_t *targets,
                               float inverse_temperature, float *logp, float *entropy) {
  v16 scale = splat(inverse_temperature);
  for (long r = 0; r < rows; r++, logits += ld) {
    struct gradus_softmax row = softmax_row(n, logits, inverse_temperature);
    float shift = row.largest + row.log_sum;
    logp[r] = token_logp(logits[targets[r]], inverse_temperature, &row);
    if (!entropy) continue;
    v16 sum = splat(0);
    long i = 0;
    for (; i + 16 <= n; i += 16) {
      v16 l = load(logits + i) * scale - splat(shift);
      sum -= exp16(l) * l;
    }
    float total = sum16(sum);
    if (i < n) {
      v16 l = load_some(logits + i, n - i, 0) * scale - splat(shift), p = exp16(l);
      for (long q = 0; q < n - i; q++) total = fma1(-p[q], l[q], total);
    }
    entropy[r] = total;
  }
}

// ∂ log p_y / ∂z = (onehot_y − p) / T and ∂H / ∂z = −p (log p + H) / T.
static void token_logp_backward(long rows, long n, float *logits, long ld, const int32_t *targets,
                                float inverse_temperature, const float *dlogp, const float *dentropy) {
  v16 scale = splat(inverse_temperature);
  for (long r = 0; r < rows; r++, logits += ld) {
    struct gradus_softmax row = softmax_row(n, logits, inverse_temperature);
    v16 shift = splat(row.largest + row.log_sum);
    float entropy = 0;
    if (dentropy && dentropy[r] != 0) {
      float unused;
      token_logp_forward(1, n, logits, ld, targets + r, inverse_temperature, &unused, &entropy);
    }
    v16 weight = splat(-dlogp[r] * inverse_temperature);
    v16 entropy_weight = splat(dentropy ? -dentropy[r] * inverse_temperature : 0);
    long i = 0;
    for (; i + 16 <= n; i += 16) {
      v16 l = load(logits + i) * scale - shift;
      store(logits + i, exp16(l) * fma16(entropy_weight, l + splat(entropy), weight));
    }
    if (i < n) {
      v16 l = load_some(logits + i, n - i, 0) * scale - shift;
      store_some(logits + i, n - i, exp16(l) * fma16(entropy_weight, l + splat(entropy), weight));
    }
    logits[targets[r]] += dlogp[r] * inverse_temperature;
  }
}

static struct gradus_softmax softmax(long n, float *x, float inverse_temperature) {
  struct gradus_softmax row = softmax_row(n, x, inverse_temperature);
  v16 scale = splat(inverse_temperature), shift = splat(row.largest + row.log_sum);
  long i = 0;
  for (; i + 16 <= n; i += 16) store(x + i, exp16(load(x + i) * scale - shift));
  if (i < n) store_some(x + i, n - i, exp16(load_some(x + i, n - i, 0) * scale - shift));
  return row;
}

INLINE v16 log16(v16 x) {
  for (int i = 0; i < 16; i++) x[i] = log_of(x[i]);
  return x;
}

// With p of the student and q of the teacher, of each token: what it adds to the divergence, and g, so that the derivative
// by the student's logit is p (g − Σ p g) / T.
struct divergence {
  v16 amount, slope;
};

// `log_p` and `log_q` are log-probabilities. β = 0: KL(q ‖ p); 1: KL(p ‖ q); else β KL(q ‖ m) + (1 − β) KL(p ‖ m).
INLINE struct divergence divergence16(v16 log_p, v16 log_q, float beta) {
  v16 p = exp16(log_p), q = exp16(log_q);
  if (beta == 1) return (struct divergence){p * (log_p - log_q), log_p - log_q};
  // The slope of the forward KL is −q / p, whose mean under p is −1: the derivative is (p − q) / T.
  if (beta == 0) return (struct divergence){q * (log_q - log_p), splat(0)};
  v16 rest = splat(1 - beta), log_m = log16(splat(beta) * q + rest * p);
  return (struct divergence){splat(beta) * q * (log_q - log_m) + rest * p * (log_p - log_m), rest * (log_p - log_m)};
}

static void divergence_forward(long rows, long n, const float *logits, long ld, const float *teacher, long ldt,
                               float inverse_temperature, float beta, float *divergence) {
  v16 scale = splat(inverse_temperature);
  for (long r = 0; r < rows; r++, logits += ld, teacher += ldt) {
    struct gradus_softmax own = softmax_row(n, logits, inverse_temperature);
    struct gradus_softmax other = softmax_row(n, teacher, inverse_temperature);
    v16 shift = splat(own.largest + own.log_sum), other_shift = splat(other.largest + other.log_sum), sum = splat(0);
    long i = 0;
    for (; i + 16 <= n; i += 16)
      sum += divergence16(load(logits + i) * scale - shift, load(teacher + i) * scale - other_shift, beta).amount;
    if (i < n) {
      v16 log_p = load_some(logits + i, n - i, 0) * scale - shift;
      v16 log_q = load_some(teacher + i, n - i, 0) * scale - other_shift;
      sum += first_lanes(divergence16(log_p, log_q, beta).amount, n - i, 0);
    }
    divergence[r] = sum16(sum);
  }
}

static void divergence_backward(long rows, long n, float *logits, long ld, const float *teacher, long ldt,
                                float inverse_temperature, float beta, const float *ddivergence) {
  v16 scale = splat(inverse_temperature);
  for (long r = 0; r < rows; r++, logits += ld, teacher += ldt) {
    struct gradus_softmax own = softmax_row(n, logits, inverse_temperature);
    struct gradus_softmax other = softmax_row(n, teacher, inverse_temperature);
    v16 shift = splat(own.largest + own.log_sum), other_shift = splat(other.largest + other.log_sum), sum = splat(0);
    for (long i = 0; i < n; i += 16) {
      long count = n - i < 16 ? n - i : 16;
      v16 log_p = load_some(logits + i, count, 0) * scale - shift;
      v16 log_q = load_some(teacher + i, count, 0) * scale - other_shift;
      sum += first_lanes(exp16(log_p) * divergence16(log_p, log_q, beta).slope, count, 0);
    }
    v16 mean = splat(sum16(sum)), weight = splat(ddivergence[r] * inverse_temperature);
    for (long i = 0; i < n; i += 16) {
      long count = n - i < 16 ? n - i : 16;
      v16 log_p = load_some(logits + i, count, 0) * scale - shift;
      v16 log_q = load_some(teacher + i, count, 0) * scale - other_shift;
      v16 slope = beta == 0 ? exp16(log_p) - exp16(log_q)
                            : exp16(log_p) * (divergence16(log_p, log_q, beta).slope - mean);
      store_some(logits + i, count, weight * slope);
    }
  }
}
