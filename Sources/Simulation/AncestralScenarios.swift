import Objectives

extension Scenario {
  /// PPO before language models, with the settings of CleanRL's `ppo.py` as far as a tiny world allows.
  ///
  /// The learning rate is larger than CleanRL's 2.5e-4, since a table of logits learns in a few dozen steps, and the
  /// batch is eight episodes.
  static let classicPPO = Scenario(
    name: "ppo-classic", title: "PPO where it comes from: a walker learns the way to a mountain hut.",
    algorithm: .classicPPO, surroundings: .decisions(.mountainPath),
    settings: Settings([
      (.gamma, .number(0.99)), (.lam, .number(0.95)), (.whitenScope, .choice("minibatch")),
      (.whitenEpsilon, .choice("deviation")), (.entropyCoef, .number(0.01)), (.vfCoef, .number(0.5)),
      (.maxGradNorm, .number(0.5)), (.adamEpsilon, .number(1e-5)), (.batches, .integer(4)), (.batchSize, .integer(8)),
      (.epochs, .integer(4)), (.minibatches, .integer(2)), (.learningRate, .number(0.05)),
    ]),
    seed: 7)

  /// The plain policy gradient, as it should be used: once for each sample, with a small step.
  static let reinforce = Scenario(
    name: "reinforce", title: "The plain policy gradient, and the cliff that PPO was made to avoid.",
    algorithm: .reinforce, surroundings: .language(.filmReviews),
    settings: Settings([
      (.klCoef, .number(0)), (.aggregation, .choice("seq-mean-token-sum")), (.epochs, .integer(1)),
      (.minibatches, .integer(1)), (.optimizer, .choice("sgd")), (.learningRate, .number(1)),
      (.maxGradNorm, .none), (.returnBaseline, .choice("mean")),
    ]),
    seed: 7)
}
