import Testing

@testable import Training

@Suite struct SupportTests {
  @Test func errorsWithTheSameWordsAreEqual() {
    #expect(TrainingError(.usage, "a") != TrainingError(.badData, "a"))
  }
}
