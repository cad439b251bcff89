import Transformers

/// Training speed of both sizes, as tokens per second and as a share of the matrix-product peak of the same run; in 32 bits
/// and with factors of products as bfloat16.
func measureTraining() {
  heading("Training on \(Machine.cores) threads")
  for size in [ModelSize.small, .large] {
    let tokens = Double(size.sequences * size.length)
    let steps = NumberFormat.allCases.map { trainingStep(size, $0, workers: .all) }
    let times = fastest(atLeast: 3, inTurn: steps)
    for (format, time) in zip(NumberFormat.allCases, times) {
      let name = "\(size.name), \(size.sequences)×\(size.length) tokens" + format.remark
      row(name, tokens / time, "tokens/s", id: "training.\(size.id)" + format.suffix)
      Machine.share(of: tokens / time * size.operationsPerToken, format)
    }
    row("  bf16 against 32 bits", "\(rounded(times[0] / times[1], 100)) ×")
  }
}
