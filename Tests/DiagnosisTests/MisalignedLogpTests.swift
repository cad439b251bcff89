import Documents
import Objectives
import Recording
import Simulation
import Testing

@testable import Diagnosis

/// Columns that should be two models' log-probabilities of the same tokens, and are of others.
@Suite struct MisalignedLogpTests: Situations {
  private func misaligned(
    _ contents: Batch.Contents, _ options: [(String, String)] = [("beta", "0.04")]
  ) throws -> Finding? {
    try findings(contents, options).first { $0.name == "misaligned-logps" }
  }

  private func withReference(_ change: (Int, inout Answer, inout Dice) -> Void = { _, _, _ in }) -> Batch.Contents {
    answers { i, answer, dice in
      answer.refLogp = answer.oldLogp.map { min(-1e-6, $0 + 0.05 * dice.normal()) }
      change(i, &answer, &dice)
    }
  }

  /// Rows as they are after `from` answers were put in the places of others.
  private func moved(_ contents: Batch.Contents, by places: Int) -> Batch.Contents {
    guard case .groups(var batch) = contents else { return contents }
    let rows = batch.sequences
    for i in rows.indices {
      let reference = rows[(i + places) % rows.count].refLogp ?? []
      // As many as there are tokens, as padded arrays that are cut have.
      batch.sequences[i].refLogp = rows[i].tokens.indices.map { $0 < reference.count ? reference[$0] : -0.5 }
    }
    return .groups(batch)
  }

  @Test func columnsOfTheSameTokensAreAligned() throws {
    #expect(try misaligned(withReference()) == nil)
    #expect(try misaligned(answers(moved: 0.5), []) == nil)
    // Another temperature, and another model.
    #expect(try misaligned(withReference { _, answer, _ in answer.refLogp = answer.oldLogp.map { 1.3 * $0 } }) == nil)
    #expect(
      try misaligned(
        withReference { _, answer, dice in
          answer.refLogp = answer.oldLogp.map { min(-1e-6, 0.7 * $0 - 0.6 * dice.roll()) }
        }) == nil)
  }

  @Test(arguments: [1, -1]) func aColumnThatIsShiftedByAToken(places: Int) throws {
    func shifted(_ values: [Double], _ dice: inout Dice) -> [Double] {
      places > 0 ? values.dropFirst() + [dice.logp()] : [dice.logp()] + values.dropLast()
    }
    let reference = try misaligned(
      withReference { _, answer, dice in answer.refLogp = shifted(answer.refLogp ?? [], &dice) })
    #expect(reference?.verdict == .bug)
    #expect(reference?.title == "ref_logp is shifted against old_logp by a token")
    let sampler = try findings(
      answers { _, answer, dice in answer.samplingLogp = shifted(answer.oldLogp, &dice) }
    ).filter { $0.verdict != .harmless }
    #expect(sampler.map { $0.title } == ["sampling_logp is shifted against old_logp by a token"])
    let policy = try findings(answers { _, answer, dice in answer.logp = shifted(answer.oldLogp, &dice) })
    #expect(policy.first?.title == "logp is shifted against old_logp by a token")
  }

  /// Two tokens that the one makes all but impossible say nothing of the others; they have a finding of their own.
  @Test func aFewImpossibleTokensAreNoOtherTexts() throws {
    let far = answers { i, answer, _ in
      if i == 0 { answer.logp[3] = -90 }
      if i == 5 { answer.oldLogp[3] = -60 }
    }
    #expect(try misaligned(far, []) == nil)
    #expect(try names(far).contains("exploding-ratio"))
  }

  @Test func rowsThatCameOutOfOrder() throws {
    let found = try misaligned(moved(withReference(), by: 1))
    #expect(found?.verdict == .caution || found?.verdict == .bug)
    #expect(try misaligned(moved(withReference(), by: 5))?.title == "ref_logp has nothing to do with old_logp")
  }

  @Test(arguments: [(1 / 0.6931471805599453, "sampling_logp", 2), (1 / 2.302585092994046, "sampling_logp", 10)])
  func anotherBase(factor: Double, column: String, base: Int) throws {
    let contents = answers { _, answer, _ in answer.samplingLogp = answer.oldLogp.map { factor * $0 } }
    #expect(
      try misaligned(contents, [])?.title == "\(column) holds logarithms to base \(base), the other column natural ones"
    )
  }

  @Test func aTeacherWithAnotherVocabulary() throws {
    var dice = Dice()
    func batch(_ teacher: (Double, inout Dice) -> Double) -> Batch.Contents {
      .distilled(
        (0..<24).map { i in
          let old = (0..<(10 + 3 * i)).map { _ in dice.logp() }
          return .init(
            prompt: "p\(i)", tokens: old.indices.map { "t\($0)" }, logp: old, oldLogp: old,
            teacherLogp: old.map { teacher($0, &dice) })
        })
    }
    let options = [("distillation_mode", "sampled_token")]
    let foreign = try findings(batch { _, dice in -15 + 3 * dice.normal() }, options)
    #expect(foreign.first?.title == "teacher_logp has nothing to do with old_logp")
    // A longer response has a larger sum, and that is no reward for brevity.
    let even = try names(batch { logp, dice in min(-1e-6, logp - 0.3 + 0.1 * dice.normal()) }, options)
    #expect(even.isEmpty)
  }
}
