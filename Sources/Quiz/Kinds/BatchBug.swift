import Diagnosis
import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// A trainer's batch with a bug in it, or without one, and the doctor's finding as the answer.
  static let batchBug = QuestionKind(
    name: "batch-bug", subject: "finding the bug in a batch",
    suits: { $0.algorithm.isRewarded && $0.algorithm.options.replayed != nil && !$0.hasUsers },
    needsOneRecording: false,
    changes: { scenario, _ in
      // The mean over each response would be a finding of its own.
      [QuizQuestion.Change("num_total_batches", "3")]
        + (scenario.algorithm.credit == .group ? [QuizQuestion.Change("loss_type", "dapo")] : [])
    },
    ask: { asking in
      guard let recorded = RecordedBatch(&asking) else { return nil }
      var batch = recorded.batch
      // A KL near 0 has no sign to tell.
      if asking.source.algorithm.credit == .critic, batch.logMeanKL().magnitude < 0.02 { return nil }
      let damages = BatchDamage.possible(for: asking.source.algorithm)
      let damage = asking.pick(damages)
      guard findings(batch).isEmpty, let damaged = damage.applied(to: batch, isSubtle: asking.level == 3) else {
        return nil
      }
      let found = findings(damaged)
      // Whatever else the doctor would find must not be one of the other choices.
      guard found.map({ $0.name }) == (damage.finding.map { [$0] } ?? []) else { return nil }
      return Draft(
        quizText([paragraph(introduction(asking)), table(damaged) + paragraph("What is wrong with this batch?")]),
        choice: damages.firstIndex(of: damage) ?? 0, of: damages.map { $0.text }, beat: recorded.beat,
        found.first?.text ?? allRight(asking))
    })

  /// What is more than harmless.
  private static func findings(_ batch: Batch) -> [Finding] {
    let source = Source.batch(batch, name: "batch")
    return DoctorReport(of: source, recorded: source.record()).findings.filter { $0.verdict != .harmless }
  }

  private static func introduction(_ asking: Asking) -> String {
    let model =
      "It is the first update on new samples: logp is of the policy that is trained, old_logp of the one that sampled, "
      + "ref_logp of the frozen reference."
    return asking.source.algorithm.credit == .group
      ? "A trainer that runs \(asking.source.algorithm.title) has recorded this batch of two groups of answers, A and B. \(model)"
      : "A trainer that runs \(asking.source.algorithm.title) has recorded this batch. \(model)"
  }

  private static func allRight(_ asking: Asking) -> StyledText {
    StyledText(
      wrap(
        "The doctor has nothing to say of it: before the first update logp is old_logp at every token"
          + (asking.source.algorithm.credit == .group
            ? ", the rewards of both groups differ, and no answer that was cut off is better than its group."
            : ", and the logged KL is the mean of old_logp - ref_logp."),
        indent: 0) + "\n")
  }

  private static func table(_ batch: Batch) -> String {
    switch batch.contents {
    case .responses(let sequences):
      var table = TextTable(header: ["response", "token", "logp", "old_logp", "ref_logp", "score"])
      for (i, sequence) in sequences.enumerated() {
        for t in sequence.tokens.indices {
          table.add(
            [t == 0 ? "\(i)" : "", sequence.tokens[t]]
              + [sequence.logp[t], sequence.oldLogp[t], sequence.refLogp[t]].map { NumberText.short($0) }
              + [t == 0 ? NumberText.short(sequence.score) : ""])
        }
      }
      let logged = batch.logged.map { "The trainer logged a mean KL of \(NumberText.short($0.value)) per token." }
      return table.text.plain + logged.map { paragraph($0) + "\n" }.joined()
    case .groups(let groups):
      var table = TextTable(
        header: ["answer", "token", "logp", "old_logp", "ref_logp", "reward", "cut off"])
      for (i, sequence) in groups.sequences.enumerated() {
        for t in sequence.tokens.indices {
          let isFirst = t == 0
          table.add([
            isFirst ? "\(groups.groups[sequence.group].name)\(i)" : "", sequence.tokens[t],
            NumberText.short(sequence.logp[t]), NumberText.short(sequence.oldLogp[t]),
            sequence.refLogp.map { NumberText.short($0[t]) } ?? "",
            isFirst ? NumberText.short(sequence.reward) : "",
            isFirst ? (sequence.isTruncated == true ? "yes" : "no") : "",
          ])
        }
      }
      return table.text.plain
    default: return ""
    }
  }
}
