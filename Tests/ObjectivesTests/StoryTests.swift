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
}
