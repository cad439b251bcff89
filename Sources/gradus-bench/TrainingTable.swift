import Transformers

/// Training speed of both sizes, as tokens per second and as a share of the matrix-product peak of the same run.
func printTraining() {
  let cores = Workers.all.count
  let peak = matrixPeak(workers: cores)
  print("Training on \(cores) threads, kernels \(ProductPeak.kernelName)")
  row("matrix products of 32-bit floats, at best", "\(rounded(peak * 1e-9, 1)) GFLOP/s")
  for size in [ModelSize.small, .large] {
    let speed = trainingSpeed(size, workers: .all)
    row("train \(size.name), \(size.sequences)×\(size.length) tokens", "\(rounded(speed, 1)) tokens/s")
    row("  share of the peak", "\(rounded(100 * speed * size.operationsPerToken / peak, 1)) %")
  }
}
