import Foundation

@testable import Training

/// A run that might have been: a reward that rises, evaluations beside it, a gap, a constant, and texts that need escapes.
func exampleReport(steps: Int = 500) throws -> Report {
  var configuration = RunConfiguration(.grpo)
  configuration[.dataset] = "/data/<sums> & more.jsonl"
  try configuration.apply(["learning_rate=0.0005", "max_steps=\(steps)", "beta=0.04", "reward_funcs=exact_match"])
  var state: UInt64 = 1
  func noise() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 33) / Double(UInt64(1) << 31) - 0.5
  }
  let lines = (1...steps).map { step in
    let t = Double(step) / Double(max(steps, 2))
    let reward = 0.95 / (1 + exp(-9 * (t - 0.4))) + 0.02
    var values = [
      MetricValue("loss", 0.02 * noise() - 0.002), MetricValue("reward", min(1, max(0, reward + 0.16 * noise()))),
      MetricValue("kl", step % 100 == 50 ? .nan : 0.4 * t * t + 0.03 * abs(noise())),
      MetricValue("grad_norm", 0.4 + 1.5 * exp(-5 * t) * (1 + noise())), MetricValue("learning_rate", 0.0005),
      MetricValue("completions/mean_length", 4 + 1.2 * t + 0.3 * noise()),
    ]
    if step % 50 == 0 || step == 1 { values.append(MetricValue("eval_reward", reward + 0.02 * noise())) }
    return MetricsLog.Line(step: step, values)
  }
  let prompts = ["17+25=", "8+9=", "<b>46+57</b>=", "a|b\n\u{1b}[31m"]
  let samples =
    prompts.map { Sample(step: 1, prompt: $0, completion: "31 & <script>alert(1)</script>", reward: 0) }
    + prompts.map { Sample(step: steps, prompt: $0, completion: "42", reward: 1) }
  return Report(configuration: configuration, lines: lines, samples: samples)
}
