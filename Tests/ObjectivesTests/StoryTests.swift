import Objectives
import Testing

/// What an algorithm says of itself is of the options that it has.
@Suite struct StoryTests {
  @Test(arguments: [Algorithm.ppo, .classicPPO])
  func aCriticWithoutAWeightInTheLossLearnsNothing(algorithm: Algorithm) throws {
    var settings = Settings()
    #expect(algorithm.story(settings).hasSuffix("the critic learns what it should have said."))
    try settings.set(.vfCoef, to: .number(0))
    #expect(algorithm.story(settings).hasSuffix("the critic learns nothing, since vf_coef is 0."))
  }

  /// A loss that the rejected responses have no part in tells nothing apart.
  @Test(arguments: [Algorithm.dpo, .onlineDPO])
  func supervisedLearningComparesNothing(algorithm: Algorithm) throws {
    var settings = Settings()
    #expect(algorithm.story(settings).contains("compares"))
    try settings.set(.preferenceLoss, to: .choice("sft"))
    #expect(!algorithm.story(settings).contains("compares"))
  }

  @Test func judgementsWithoutAWeightTeachNothing() throws {
    var settings = Settings()
    #expect(Algorithm.kto.story(settings).hasSuffix("learns to raise the desirable ones and to lower the others."))
    try settings.set(.desirableWeight, to: .number(0))
    #expect(!Algorithm.kto.story(settings).contains("raise"))
  }
}
