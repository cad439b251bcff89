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
    (.klEstimator, .choice("k4"), "kl_estimator must be one of k1, k2, k3, exact, not k4"),
    (.batchSize, .number(2.5), "batch_size must be a whole number from 1 to 256, not 2.5"),
    (.gamma, .none, "gamma must be a number from 0 to 1, not none"),
    (.maxGradNorm, .flag(true), "max_grad_norm must be a number from 1e-09 to 1000000000, or none, not true"),
  ])
  func whatDoesNotFitIsRefused(option: Option, value: OptionValue, message: String) {
    var settings = Settings()
    #expect(throws: OptionError(message: message)) { try settings.set(option, to: value) }
    #expect(settings == Settings())
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
