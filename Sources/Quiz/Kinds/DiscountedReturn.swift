import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// What came after a step: the return of the plain policy gradient, and the advantage over a baseline.
  static let discountedReturn = QuestionKind(
    name: "return", subject: "returns from rewards, and the baseline",
    suits: { $0.algorithm.credit == .returns },
    // Without a penalty all rewards but the last would be 0.
    changes: { _, _ in [QuizQuestion.Change("kl_coef", "0.1"), QuizQuestion.Change("num_total_batches", "2")] },
    ask: { asking in
      guard asking.source.algorithm.credit == .returns else { return nil }
      return asking.draft(about: .advantage) { asking, term in
        let steps = asking.siblings(of: term)
        let (i, t) = (asking.key(term).i, asking.key(term).j)
        let rewards = steps.indices.map { asking.value(beside: term, .reward, i, $0) }
        guard steps.count - 1 - t == asking.level - 1, rewards.allSatisfy({ $0 != nil }),
          let target = asking.level == 1 ? asking.beside(term, .returns) : term
        else { return nil }
        let baseline = asking.baseline(in: term)
        guard asking.level == 1 || baseline != nil else { return nil }
        let shown = rewards.map { Shown($0 ?? .nan) }
        let gamma = asking.settings.number(.gamma)
        var table = TextTable(header: ["t", "token", "reward"])
        for j in steps.indices {
          table.add(["\(j)", asking.trace.tokenText(i, j, at: asking.beat(term)) ?? "", shown[j].text])
        }
        let gain = shown[t...].reversed().reduce(0) { $1.value + gamma * $0 }
        let question =
          asking.level == 1
          ? "What is \(asking.trace.text(target)), the return at t = \(t)?"
          : "\(baseline?.sentence ?? "") What is \(asking.trace.text(target)), the advantage at t = \(t)?"
        return Draft(
          quizText([
            paragraph("These are the rewards of response \(i):"),
            table.text.plain + paragraph("gamma is \(plain(gamma)). \(question)"),
          ]),
          number: asking.trace.value(target), shownGive: asking.level == 1 ? gain : gain - (baseline?.shown.value ?? 0),
          beat: asking.beat(target),
          asking.explain(target, and: asking.level == 1 ? [] : [asking.beside(term, .returns)])
        )
      }
    })
}

extension Asking {
  /// What the return is compared with in an advantage, and the sentence that says so; nil if it is compared with nothing.
  func baseline(in advantage: Int) -> (shown: Shown, sentence: String)? {
    guard let difference = trace.part(.subtract, of: advantage),
      let term = trace.term(ofNode: trace.tape.operands(of: difference)[1].node)
    else { return nil }
    let shown = Shown(trace.value(term))
    return (shown, "The baseline is \(shown.text): \(trace.glossary.entries[key(term).name].meaning).")
  }
}
