import Documents
import Foundation
import Objectives
import Recording
import Testing

@testable import Quiz
@testable import Simulation

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
      // A function that returns the last terms alone is told as well, even if one of its numbers is wrong in all.
      for mistake in exercise.misconceptions {
        let alone = Self.submission(exercise, cases, [mistake], isWhole: false)
        let assessment = Grading(alone, of: exercise, on: cases).assessment()
        #expect(assessment.isRight || assessment.causes.count == 1, "\(mistake.id) alone")
      }
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
    #expect(
      exercise.assessment(of: batch).problem
        == "has nothing to compare: give it advantage in its sequences, or kl in its sequences, or `logged: {\"loss\": …}`"
    )
    #expect(
      try Self.named("dpo").assessment(of: batch).problem == "is one of grpo, and the exercise dpo is about dpo")
  }
}

extension ExerciseTests {
  private func batch(of name: String, _ number: Int = 0) throws -> (exercise: Exercise, batch: Batch) {
    let exercise = try Self.named(name)
    return (exercise, exercise.cases(seed: 0, student: "")[number].batch)
  }

  private func loss(_ batch: Batch) throws -> Double {
    let trace = batch.record()
    return trace.value(try #require(trace.differentiations.first).term)
  }

  /// DAPO's exercise says nothing about a batch whose loss is GRPO's.
  @Test func aBatchOfAnotherLossIsNotGraded() throws {
    var (_, batch) = try batch(of: "grpo")
    batch.loggedLoss = try loss(batch)
    #expect(
      try Self.named("dapo").assessment(of: batch).problem
        == "has loss_type grpo, and the exercise dapo is about dapo: name --exercise grpo, or put what was computed into its config"
    )
    #expect(try Self.named("grpo").assessment(of: batch).assessment?.text.plain.hasPrefix("✓ grpo: right\n") == true)
  }

  /// PPO whitens its advantages, and a batch has those.
  @Test func aWhitenedAdvantageIsComparedWithOne() throws {
    var (exercise, batch) = try batch(of: "gae")
    try batch.settings.set(.whitenAdvantages, to: .flag(true))
    let trace = batch.record()
    guard case .responses(var sequences) = batch.contents else { return }
    for i in sequences.indices {
      sequences[i].logged = [Quantity.advantage, .returns].map { quantity in
        let values = sequences[i].oldLogp.indices.map { t in
          trace.value(trace.term(TermKey(quantity, i, t), before: trace.terms.count) ?? 0)
        }
        return Batch.LoggedNumbers(quantity: quantity, values: values, isPerToken: true)
      }
    }
    batch.contents = .responses(sequences)
    // PPO's own loss is not what this exercise is about.
    batch.loggedLoss = 7
    let right = try #require(exercise.assessment(of: batch).assessment)
    #expect(right.isRight && right.terms.map { $0.name } == ["advantage", "return"], "\(right.text.plain)")
    // The returns of advantages that were whitened before.
    for i in sequences.indices {
      let values = zip(sequences[i].logged[0].values, sequences[i].oldValue).map { $0 + $1 }
      sequences[i].logged[1] = Batch.LoggedNumbers(quantity: .returns, values: values, isPerToken: true)
    }
    batch.contents = .responses(sequences)
    let wrong = try #require(exercise.assessment(of: batch).assessment)
    #expect(wrong.fault?.term == "return" && !wrong.text.plain.contains("delta"), "\(wrong.text.plain)")
  }

  /// One number is explained by one mistake that gives just that, and not by two that give about that.
  @Test(arguments: [0.25, 0.125, 0.83, 3])
  func oneNumberIsNoReasonToInventTwoMistakes(factor: Double) throws {
    var (exercise, batch) = try batch(of: "dapo", 1)
    batch.loggedLoss = factor * (try loss(batch))
    let assessment = try #require(exercise.assessment(of: batch).assessment)
    #expect(assessment.causes.count <= 1 && assessment.causes.allSatisfy { $0.id != "factor" })
    // The doctor knows what is divided once more.
    if factor <= 0.25 { #expect(assessment.causes.first?.id == "doctor", "\(assessment.text.plain)") }
    #expect(!assessment.text.plain.contains("Something after that"))
    for mistake in exercise.misconceptions where mistake.id.hasPrefix("std-n") || mistake.id == "kl-k2" {
      let made = ExerciseCase("made", batch, width: 7, seed: 0).record([mistake])
      batch.loggedLoss = made.value(try #require(made.differentiations.first).term)
      #expect(exercise.assessment(of: batch).assessment?.causes.map { $0.id } == [mistake.id])
    }
  }

  @Test func aFactorOfAFunctionIsNamedAndNothingIsSaidAfterIt() throws {
    let exercise = try Self.named("grpo")
    let cases = exercise.cases(seed: 0, student: "")
    func submission(_ factor: Double) -> Submission {
      Submission(
        cases.map { one in
          let trace = one.record()
          return ["loss": (one.values(exercise.terms[exercise.terms.count - 1], in: trace) ?? []).map { factor * $0 }]
        })
    }
    let assessment = Grading(submission(0.7), of: exercise, on: cases).assessment()
    #expect(assessment.causes.map { $0.text } == ["loss is 0.7000 times what it should be, everywhere"])
    #expect(assessment.explainsAll && !assessment.text.plain.contains("Something after that"))
    // As near to 1 as the numbers are to each other.
    let near = Grading(submission(1.0008), of: exercise, on: cases).assessment()
    #expect(near.causes.allSatisfy { $0.id != "factor" })
  }

  /// A ratio has nothing to do with the rewards: what goes into it is known, and it is the first wrong one.
  @Test func onlyWhatGoesIntoAWrongTermIsAskedFor() throws {
    let exercise = try Self.named("dapo")
    let cases = exercise.cases(seed: 0, student: "")
    func grade(_ wrong: String) -> Assessment {
      let submission = Submission(
        cases.map { one in
          let trace = one.record()
          var values: [String: [Double]] = [:]
          for term in exercise.terms where ["advantage", "ratio", "kl", "loss"].contains(term.name) {
            values[term.name] = one.values(term, in: trace)?.enumerated().map { n, x in
              term.name == wrong ? x + 0.0123 * Double(n + 1) : x
            }
          }
          return values
        })
      return Grading(submission, of: exercise, on: cases).assessment()
    }
    let ratio = grade("ratio")
    #expect(ratio.causes.isEmpty && ratio.unseen.isEmpty)
    #expect(ratio.text.plain.contains("No known mistake gives this number. Look at what goes into it."))
    #expect(grade("advantage").unseen == ["group_mean", "group_std"])
    // The advantages are right, and so is what they are made of.
    let loss = grade("loss").unseen
    #expect(loss.contains("token_loss") && loss.contains("objective") && !loss.contains("group_std"))
  }

  /// A dual clip, and rewards that are held within ±1, are not DAPO's loss: the batches have numbers where they show.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func theBatchesShowWhatIsHeld(seed: UInt64) throws {
    for name in ["ppo_clip", "grpo", "dapo"] {
      let exercise = try Self.named(name)
      let cases = exercise.cases(seed: seed, student: "")
      for mistake in exercise.misconceptions where ["clip-dual", "reward-clipped"].contains(mistake.id) {
        let made = Self.submission(exercise, cases, [mistake], isWhole: false)
        let assessment = Grading(made, of: exercise, on: cases).assessment()
        #expect(assessment.causes.map { $0.id } == [mistake.id], "\(name)")
      }
    }
  }

  /// The ratio of a whole response at each of its tokens, as the numbers have it.
  @Test func theRatioOfAResponseIsTheProductOfItsTokens() throws {
    let exercise = try Self.named("grpo")
    let mistake = try #require(exercise.misconceptions.first { $0.id == "ratio-sum" })
    for one in exercise.cases(seed: 1, student: "") {
      guard case .groups(let groups) = one.batch.contents else { continue }
      let trace = one.record([mistake])
      for (i, sequence) in groups.sequences.enumerated() {
        let counting = sequence.logp.indices.filter { sequence.lossMask?[$0] ?? true }
        let sum = counting.reduce(0) { $0 + sequence.logp[$1] - sequence.oldLogp[$1] }
        let found = try #require(trace.term(TermKey(.ratio, i, counting[0]), before: trace.terms.count))
        #expect((trace.value(found) - exp(sum)).magnitude < 1e-9)
      }
    }
  }
}

extension String {
  /// How many parts it has between occurrences of a text.
  fileprivate func components(_ separator: String) -> Int {
    split(separator: separator, omittingEmptySubsequences: false).count
  }
}
