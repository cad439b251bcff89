import Transformers

/// Training speed of both sizes, as tokens per second and as a share of the matrix-product peak of the same run.
func measureTraining() {
  let cores = Workers.all.count
  let peak = matrixPeak(workers: cores)
  heading("Training on \(cores) threads, kernels \(ProductPeak.kernelName)")
  row("matrix products of 32-bit floats, at best", peak * 1e-9, "GFLOP/s", id: "peak.\(cores)")
  for size in [ModelSize.small, .large] {
    let speed = trainingSpeed(size, workers: .all)
    row("\(size.name), \(size.sequences)×\(size.length) tokens", speed, "tokens/s", id: "training.\(size.id)")
    row("  share of the peak", "\(rounded(100 * speed * size.operationsPerToken / peak, 1)) %")
  }
}
