public import Objectives
import Recording

extension Scenario {
  static let distillation = Scenario(
    name: "distill", title: "On-policy distillation: a reviewer learns from what a better one makes of every word.",
    algorithm: .distillation, world: .filmReviews,
    settings: Settings([
      (.epochs, .integer(1)), (.minibatches, .integer(1)), (.optimizer, .choice("sgd")), (.learningRate, .number(4)),
      (.maxGradNorm, .none),
    ]),
    seed: 7)

  static let selfDistillation = Scenario(
    name: "distill-self",
    title: "Self-distillation: a policy that adds with mistakes is taught by itself with the solution in sight.",
    algorithm: .distillation, world: .halfAdder,
    settings: Settings([
      (.teacherKind, .choice("base")), (.batchSize, .integer(8)), (.batches, .integer(6)), (.epochs, .integer(1)),
      (.minibatches, .integer(1)), (.optimizer, .choice("sgd")), (.learningRate, .number(5)), (.maxGradNorm, .none),
      (.sftLearningRate, .number(30)),
    ]),
    seed: 3)
}

extension Simulator {
  static let distillation = Simulator(
    algorithm: .distillation, scenarios: [.distillation, .selfDistillation], seesPrompt: true, form: .distilled,
    problem: { $0.teacherProblem ?? Batch.distillationProblem($0.settings) ?? $0.samplingProblem },
    run: { scenario, trace in
      var simulation = DistillationSimulation(
        scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })
}

extension Batch {
  /// Which options do not go together, and what to do; nil where all do.
  public static func distillationProblem(_ settings: Settings) -> String? {
    DistillationMode(settings) == .sampledToken && settings.number(.lmbda) < 1
      ? "distillation_mode sampled_token is a policy gradient, which does not hold for given responses: "
        + "use lmbda 1 or full_logits"
      : nil
  }
}
