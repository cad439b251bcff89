import Objectives
import Testing

@Suite struct SettingsTests {
  @Test func everyOptionIsDescribed() {
    for algorithm in Algorithm.all {
      let names = Option.all(for: algorithm).map(\.name)
      #expect(Set(names).count == names.count, "\(algorithm)")
    }
    for option in Option.allCases {
      let description = option.description
      #expect(description.sentence.hasSuffix("."), "\(option.name)")
      #expect(!description.source.isEmpty, "\(option.name)")
      #expect(!option.algorithms.isEmpty, "\(option.name)")
      var settings = Settings()
      #expect(throws: Never.self) { try settings.set(option, to: description.standard) }
    }
  }

  @Test(arguments: [
    (Option.cliprange, OptionValue.number(-1), "cliprange must be a number from 0 to 1000000, not -1"),
    (.cliprange, .choice("wide"), "cliprange must be a number from 0 to 1000000, not wide"),
    (.lam, .number(1.5), "lam must be a number from 0 to 1, not 1.5"),
    (.whitenAdvantages, .integer(1), "whiten_advantages must be true or false, not 1"),
    (.klEstimator, .choice("k4"), "kl_estimator must be one of k1, k2, k3, k3+, exact, not k4"),
    (.batchSize, .number(2.5), "batch_size must be a whole number from 1 to 256, not 2.5"),
    (.gamma, .none, "gamma must be a number from 0 to 1, not none"),
    (.maxGradNorm, .flag(true), "max_grad_norm must be a number from 1e-09 to 1000000000, or none, not true"),
  ])
  func whatDoesNotFitIsRefused(option: Option, value: OptionValue, message: String) {
    var settings = Settings()
    #expect(throws: OptionError(message: message)) { try settings.set(option, to: value) }
    #expect(settings == Settings())
  }

  @Test(arguments: ["sigmoid", "sigmoid,sft", "ipo,hinge,bco_pair"])
  func oneOrSeveralLosses(names: String) throws {
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice(names))
    #expect(settings.choice(.preferenceLoss) == names)
    #expect(PreferenceLoss.chosen(by: settings).name == names)
  }

  /// A reward may count for nothing, or against an answer; a loss and a group may not.
  @Test(arguments: [("1,0", [1, 0]), ("1,-0.5", [1, -0.5]), ("-1", [-1]), ("0.5, -2", [0.5, -2])])
  func weightsOfRewardsHaveSigns(text: String, weights: [Double]) throws {
    var settings = Settings()
    try settings.set(.rewardWeights, to: .choice(text))
    #expect(weights.indices.map { rewardWeight($0, settings) } == weights)
    for option in [Option.lossWeights, .groupWeights] {
      #expect(throws: OptionError.self) { try settings.set(option, to: .choice(text)) }
    }
  }

  @Test func aSignStandsBeforeANumber() throws {
    var settings = Settings()
    try settings.set(.rewardWeights, to: .integer(-1))
    #expect(settings.choice(.rewardWeights) == "-1")
    for text in ["-", "1,-", "--1", "1-", "1,,2", "+1"] {
      let message = "reward_weights must be numbers with commas between them, not \(text)"
      #expect(throws: OptionError(message: message)) { try settings.set(.rewardWeights, to: .choice(text)) }
    }
  }

  @Test(arguments: ["", "sigmoid,", "sigmoid,sigmoid", "sigmoid, sft", "sft,none", ","])
  func whatIsNoListOfLossesIsRefused(names: String) {
    var settings = Settings()
    let error = #expect(throws: OptionError.self) { try settings.set(.preferenceLoss, to: .choice(names)) }
    #expect(
      error?.message.hasPrefix("loss_type must be one or several, with commas between them, of sigmoid, ") == true)
  }

  /// What cannot be had together, and why.
  @Test(
    arguments: [
      (
        "simpo,sigmoid", [],
        "loss_type simpo is computed from the mean over a response's tokens and sigmoid from their sum: they cannot be added"
      ),
      (
        "aot,hinge", [(.pairWeighting, .flag(true))],
        "use_weighting weighs pairs, and loss_type aot,hinge compares ranks of the whole batch: leave one of them out"
      ),
      (
        "sigmoid,ipo", [(.preferenceMargin, .number(1))],
        "loss_type sigmoid,ipo does not judge the margin of a pair, so that none can be asked for: use sigmoid, cdpo, robust, "
          + "hinge, exo_pair or discopop"
      ),
      (
        "sigmoid,nca_pair", [(.divergence, .choice("forward_kl"))],
        "loss_type sigmoid,nca_pair needs f_divergence_type reverse_kl: with forward_kl the reward of a single response "
          + "lacks β log Z(x), which cancels only in the difference of two"
      ),
      ("sigmoid,hinge", [(.preferenceMargin, .number(1))], nil), ("simpo,orpo", [], nil),
    ] as [(String, [(Option, OptionValue)], String?)])
  func combinationsOfLosses(names: String, others: [(Option, OptionValue)], problem: String?) throws {
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice(names))
    for (option, value) in others { try settings.set(option, to: value) }
    #expect(PreferenceLoss.chosen(by: settings).problem(settings) == problem)
  }

  @Test func aWholeNumberIsANumber() throws {
    var settings = Settings()
    try settings.set(.klCoef, to: .integer(1))
    #expect(settings.number(.klCoef) == 1)
    try settings.set(.maxGradNorm, to: .none)
    #expect(settings.optionalNumber(.maxGradNorm) == nil)
    #expect(settings.changed == [.klCoef, .maxGradNorm])
  }

  @Test func algorithmsMayCallDifferentOptionsByOneName() {
    #expect(Option.named("beta", for: .grpo) == .groupBeta)
    #expect(Option.named("beta", for: .dpo) == .preferenceBeta)
    #expect(Option.named("beta", for: .ppo) == nil)
    #expect(Settings().number(.groupBeta) == 0)
    #expect(Settings().number(.preferenceBeta) == 0.1)
  }
}
