// The optimizer's passes over all parameters.

static double sum_of_squares(long n, const float *x) {
  double total = 0;
  long i = 0;
  // Short chains in single precision, their sums in double precision.
  for (; i + 64 <= n; i += 64) {
    v16 sum = load(x + i) * load(x + i);
    UNROLL for (int q = 16; q < 64; q += 16) sum = fma16(load(x + i + q), load(x + i + q), sum);
    total += (double)sum16(sum);
  }
  for (; i < n; i++) total += (double)x[i] * (double)x[i];
  return total;
}

// Loshchilov and Hutter 2017; torch.optim.AdamW: decay first, then m̂ / (√v̂ + ε).
static void adamw(long n, float *parameters, const float *gradient, float *first, float *second, float scale,
                  float learning_rate, float beta1, float beta2, float epsilon, float weight_decay,
                  float correction1, float correction2) {
  float keep = 1 - learning_rate * weight_decay, step = learning_rate / correction1, root = 1 / sqrtf(correction2);
  long whole = n / 16 * 16;
  for (long i = 0; i < whole; i += 16) {
    v16 g = load(gradient + i) * splat(scale), m = load(first + i), v = load(second + i);
    m = fma16(splat(1 - beta1), g - m, m);
    v = fma16(splat(1 - beta2) * g, g, splat(beta2) * v);
    store(first + i, m);
    store(second + i, v);
    v16 size = fma16(__builtin_elementwise_sqrt(v), splat(root), splat(epsilon));
    store(parameters + i, fma16(splat(-step), m / size, load(parameters + i) * splat(keep)));
  }
  for (long i = whole; i < n; i++) {
    float g = gradient[i] * scale;
    float m = first[i] + (1 - beta1) * (g - first[i]), v = beta2 * second[i] + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    parameters[i] = parameters[i] * keep - step * m / (sqrtf(v) * root + epsilon);
  }
}
