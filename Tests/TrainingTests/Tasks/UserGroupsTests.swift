import Testing

@testable import Training

@Suite struct UserGroupsTests {
  // Drawn once for all tests.
  private static let drawn = BuiltInTask.userGroups(seed: 5)
  private var task: BuiltInTask { Self.drawn }

  private func taste(_ group: String, _ answer: String, about object: String = "file") throws -> Double? {
    let example = Example(
      prompt: "\(group) user : how to keep a \(object) ?", group: group, source: "", line: 1)
    return try task.judge.scores([ScoredCompletion(answer, of: example)])[0]
  }

  @Test func groupsDifferInTaste() throws {
    let (code, joke, story) = (
      " run open file .", " ha ! a file walks into a bar .", " once a file and a cat were friends ."
    )
    #expect(try [code, joke, story].map { try taste("technical", $0) } == [1, -0.5, 0])
    #expect(try [code, joke, story].map { try taste("casual", $0) } == [-0.5, 1, 0.5])
    #expect(try [code, joke, story].map { try taste("young", $0) } == [-0.75, 0, 0.5])
  }

  @Test func anotherObjectCostsAndNonsenseIsRefused() throws {
    #expect(try taste("technical", " run open note .") == 0.75)
    #expect(try taste("technical", " run run open file .") == -1)
    #expect(try taste("technical", "") == -1)
    #expect(try taste("nobody", " run open file .") == -1)
  }

  @Test func halfOfThePromptsAreTechnicalAndAnEighthYoung() {
    let counts = Dictionary(grouping: task.training.prompts.examples) { $0.group ?? "" }.mapValues(\.count)
    #expect(abs(Double(counts["technical", default: 0]) - 500) < 50)
    #expect(abs(Double(counts["young", default: 0]) - 125) < 35)
    #expect(counts.count == 3)
  }

  @Test func everyDemonstrationIsAnAnswerThatTheGroupMayKnow() throws {
    let examples = task.training.demonstrations.examples
    #expect(examples.allSatisfy { UserGroup.recognised($0.completion ?? "") != nil })
    let scores = try task.judge.scores(examples.map { ScoredCompletion($0.completion ?? "", of: $0) })
    func mean(_ group: String) -> Double {
      let own = zip(examples, scores).filter { $0.0.group == group }.compactMap(\.1)
      return own.reduce(0, +) / Double(own.count)
    }
    // The technical are served best at the start, the young worst.
    #expect(mean("technical") > mean("casual"))
    #expect(mean("casual") > mean("young"))
    #expect(mean("young") < 0)
  }
}
