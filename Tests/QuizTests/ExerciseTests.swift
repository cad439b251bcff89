import Documents
import Objectives
import Recording
import Simulation
import Testing

@testable import Quiz

@Suite struct ExerciseTests {
  /// What a function returns that makes some mistakes: all terms, or those that are asked for.
  private static func submission(
    _ exercise: Exercise, _ cases: [ExerciseCase], _ mistakes: [Misconception], isWhole: Bool = true
  ) -> Submission {
    let terms = isWhole ? exercise.terms[...] : exercise.terms.suffix(exercise.asked)
    return Submission(
      cases.map { exerciseCase in
        let trace = exerciseCase.record(mistakes)
        var values: [String: [Double]] = [:]
        for term in terms { values[term.name] = exerciseCase.values(term, in: trace) }
        return values
      })
  }

  private static let names = Exercise.all.map { $0.name }

  private static func named(_ name: String) throws -> Exercise { try #require(Exercise.named(name)) }

  @Test(arguments: names)
  func theRightNumbersAreRight(name: String) throws {
    let exercise = try Self.named(name)
    for seed in 0..<8 as Range<UInt64> {
      let cases = exercise.cases(seed: seed, student: "")
      for isWhole in [true, false] {
        let submission = Self.submission(exercise, cases, [], isWhole: isWhole)
        let assessment = Grading(submission, of: exercise, on: cases).assessment()
        #expect(assessment.isRight)
        #expect(assessment.causes.isEmpty)
        // Every term is recorded: none is left out of the comparison by its name alone.
        #expect(!isWhole || assessment.terms.allSatisfy { $0.status == .right })
      }
    }
  }

  @Test(arguments: names)
  func eachMistakeIsFoundOut(name: String) throws {
    let exercise = try Self.named(name)
    for seed in [1, 2026] as [UInt64] {
      let cases = exercise.cases(seed: seed, student: "a")
      for mistake in exercise.misconceptions {
        let made = Self.submission(exercise, cases, [mistake])
        let assessment = Grading(made, of: exercise, on: cases).assessment()
        #expect(!assessment.isRight, "\(mistake.id) changes nothing")
        #expect(assessment.causes.count == 1 && assessment.explainsAll, "\(mistake.id)")
        // Where another one is named, it gives the same numbers.
        let id = try #require(assessment.causes.first).id
        if id != mistake.id {
          let others = exercise.misconceptions.filter { $0.id == id }
          #expect(
            others.contains { other in
              Grading(Self.submission(exercise, cases, [other]), of: exercise, on: cases).assessment().causes.first?.id
                == id
            }, "\(mistake.id) is taken for \(id)")
        }
      }
    }
  }

  @Test(arguments: ["gae", "ppo_clip", "grpo", "dpo"])
  func theAnswerHasNoRightNumber(name: String) throws {
    let exercise = try Self.named(name)
    let cases = exercise.cases(seed: 5, student: "")
    for mistake in exercise.misconceptions {
      let assessment = Grading(Self.submission(exercise, cases, [mistake]), of: exercise, on: cases).assessment()
      let fault = try #require(assessment.fault)
      let term = try #require(exercise.terms.first { $0.name == fault.term })
      let place = try #require(cases[fault.number].places(term).firstIndex(of: fault.place))
      let right = try #require(cases[fault.number].values(term, in: cases[fault.number].record()))[place]
      var json = JSONWriter()
      json.beginObject()
      assessment.write(to: &json)
      json.endObject()
      // A wrong sign shows the right digits.
      if fault.value?.magnitude == right.magnitude { continue }
      // 0, 1 and the like are in any text.
      guard right != right.rounded(), right != (2 * right).rounded() / 2 else { continue }
      for text in [assessment.text.plain, json.text] {
        #expect(!text.contains(NumberText.short(right, digits: 5)), "\(mistake.id): \(text)")
      }
    }
  }

  @Test func twoMistakesAreFoundOutTogether() throws {
    let exercise = try Self.named("grpo")
    let cases = exercise.cases(seed: 0, student: "")
    let mistakes = exercise.misconceptions.filter { ["std-n", "kl-k2"].contains($0.id) }
    let alone = Self.submission(exercise, cases, mistakes, isWhole: false)
    let assessment = Grading(alone, of: exercise, on: cases).assessment()
    #expect(assessment.causes.map { $0.id } == ["std-n", "kl-k2"])
    let whole = Grading(Self.submission(exercise, cases, mistakes), of: exercise, on: cases).assessment()
    #expect(whole.fault?.term == "group_std")
    #expect(whole.causes.map { $0.id } == ["std-n"])
    #expect(!whole.explainsAll)
  }

  @Test func studentsHaveBatchesOfTheirOwn() throws {
    let exercise = try Self.named("grpo")
    func batches(_ seed: UInt64, _ student: String) -> String {
      var json = JSONWriter()
      ExerciseSheet(exercise, seed: seed, student: student).write(to: &json)
      return json.text
    }
    #expect(batches(1, "alice") == batches(1, "alice"))
    #expect(Set([batches(1, "alice"), batches(1, "bob"), batches(2, "alice"), batches(0, "")]).count == 4)
  }

  @Test(arguments: names)
  func theStarterNamesEverythingAndTheKeyHasAFormulaForEachTerm(name: String) throws {
    let exercise = try Self.named(name)
    for word in exercise.arguments.map({ $0.name }) + exercise.options.map({ $0.name })
      + exercise.terms.map({ $0.name })
    {
      #expect(exercise.starter.contains(word))
    }
    #expect(exercise.starter.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let key = ExerciseSheet(exercise, seed: 3, student: "alice").answerKey
    for term in exercise.terms { #expect(key.contains("`\(term.name)`, "), "\(term.name) has no formula") }
    #expect(key.components("## Batch ") == ExerciseSheet(exercise, seed: 3, student: "alice").caseCount + 1)
  }

  @Test func formsAreChecked() throws {
    let exercise = try Self.named("rloo")
    let sheet = ExerciseSheet(exercise, seed: 0, student: "")
    func problem(_ text: String) throws -> String? {
      let document = try JSONReader.read(text)
      return try sheet.assessment(of: Array(repeating: document, count: sheet.caseCount)).fault?.problem
    }
    #expect(
      try problem(#"{"advantage": 1}"#) == "has the shape (), where (8,), a number for each response, is wanted")
    #expect(
      try problem(#"{"": [[1, 2]]}"#) == "has the shape (1, 2), where (8,), a number for each response, is wanted")
    #expect(try problem(#"{"advantage": "no"}"#) == "is neither a number nor a list of numbers")
    let other = try sheet.assessment(
      of: Array(repeating: try JSONReader.read(#"{"advantages": 1}"#), count: sheet.caseCount))
    #expect(other.missing == ["advantage"])
    #expect(!other.isRight)
    #expect(other.text.plain.contains("Did you mean advantage for advantages?"))
  }

  @Test func aBatchWithWhatWasComputedIsGraded() throws {
    let exercise = try Self.named("grpo")
    var batch = exercise.cases(seed: 0, student: "")[0].batch
    batch.loggedLoss = batch.record().differentiations.first.map { batch.record().value($0.term) }
    #expect(exercise.assessment(of: batch).assessment?.isRight == true)
    batch.loggedLoss = batch.loggedLoss.map { -$0 }
    let wrong = exercise.assessment(of: batch).assessment
    // Everything that enters the loss, or the loss itself: the same numbers.
    #expect(wrong?.causes.map { $0.id } == ["objective-signs"])
    batch.loggedLoss = nil
    #expect(exercise.assessment(of: batch).problem?.hasPrefix("has nothing to compare") == true)
    #expect(
      try Self.named("dpo").assessment(of: batch).problem == "is one of grpo, and the exercise dpo is about dpo")
  }
}

extension String {
  /// How many parts it has between occurrences of a text.
  fileprivate func components(_ separator: String) -> Int {
    split(separator: separator, omittingEmptySubsequences: false).count
  }
}
