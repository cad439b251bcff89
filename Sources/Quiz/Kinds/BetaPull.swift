import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension QuestionKind {
  /// Whether a larger beta keeps DPO closer to the reference: at the optimum it does, after a few steps it does not.
  static let betaPull = QuestionKind(
    name: "beta-pull", subject: "which way DPO's beta pulls", suits: { $0.learnsPolicyFromPairs },
    needsOneRecording: false,
    changes: { _, level in level == 1 ? nearOptimum : fewSteps },
    ask: { asking in
      guard case .scenario(let scenario) = asking.source else { return nil }
      let pairs = [("0.05", "0.2"), ("0.1", "0.3"), ("0.1", "0.5"), ("0.3", "1")]
      let (small, large) = asking.pick(asking.level == 1 ? Array(pairs.suffix(3)) : pairs)
      func run(_ beta: String) -> (kl: Int, trace: Trace)? {
        let trace = scenario.changed([QuizQuestion.Change("beta", beta)]).source.record()
        return trace.term(TermKey(.exactKL), at: trace.beats.count - 1).map { ($0, trace) }
      }
      guard let low = run(small), let high = run(large) else { return nil }
      let (near, far) = (low.trace.value(low.kl), high.trace.value(high.kl))
      let isLargeNearer = far < near
      // Asked only where theory and recording agree, and plainly.
      guard isLargeNearer == (asking.level == 1), max(near, far) > 1.2 * min(near, far) else { return nil }
      let asksForNearer = asking.random.below(2) == 0
      var explanation = StyledText()
      for (beta, kl) in [(small, near), (large, far)] {
        explanation.line("  beta \(beta): exact_kl ends at \(NumberText.short(kl))")
      }
      explanation.line(wrap(isLargeNearer ? whyNearer : whyFarther, indent: 0))
      explanation.add(Explanation(trace: high.trace, beat: high.trace.terms[high.kl].beat).explain(high.kl))
      var draft = Draft(
        paragraph(
          "DPO runs twice on the same pairs, with beta \(small) and with beta \(large). \(setting(asking.level)) At the "
            + "end we compute exactly how far each policy is from the reference, as KL(policy ‖ reference). Which is "
            + "\(asksForNearer ? "nearer to" : "farther from") it?"),
        choice: isLargeNearer == asksForNearer ? 1 : 0,
        of: ["the one with beta \(small)", "the one with beta \(large)"],
        beat: high.trace.terms[high.kl].beat, explanation)
      draft.further = [QuizQuestion.Change("beta", large)]
      return draft
    })

  private static func setting(_ level: Int) -> String {
    level == 1
      ? "The loss is IPO's, (h - 1/(2 beta))², where h is how much more the policy prefers the chosen response than "
        + "the reference does. Both train until the loss is nearly as small as it gets."
      : "The loss is the usual one, -log σ(beta × h), where h is how much more the policy prefers the chosen response "
        + "than the reference does. Both start from the reference and make only a few steps of plain gradient descent "
        + "with the same learning rate, so that h stays small and σ near 1/2."
  }

  private static let whyNearer = """
    IPO's loss is smallest at h = 1/(2 beta): the larger beta is, the smaller is the change of preference that it asks \
    for. That is what «beta pulls to the reference» means: it speaks of the optimum.
    """
  private static let whyFarther = """
    The derivative of -log σ(beta h) by h is -beta σ(-beta h), which is about -beta/2 at the start: the larger beta \
    takes larger steps. That beta pulls to the reference is true of the optimum, which a few steps do not reach.
    """

  private static let nearOptimum = [
    QuizQuestion.Change("loss_type", "ipo"), QuizQuestion.Change("num_train_epochs", "40"),
    QuizQuestion.Change("learning_rate", "0.1"),
  ]
  private static let fewSteps = [
    QuizQuestion.Change("optim", "sgd"), QuizQuestion.Change("max_grad_norm", "none"),
    QuizQuestion.Change("num_train_epochs", "2"), QuizQuestion.Change("learning_rate", "1"),
  ]
}
