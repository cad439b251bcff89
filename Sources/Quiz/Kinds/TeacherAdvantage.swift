import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// What a teacher makes of a sampled token: its log-probability less the policy's, and what the update counts on then.
  static let teacherAdvantage = QuestionKind(
    name: "teacher-advantage", subject: "advantages from a teacher", suits: { $0.hasOption(.distillationMode) },
    changes: { _, level in
      [QuizQuestion.Change("distillation_mode", "sampled_token")]
        + (level == 3 ? [QuizQuestion.Change("num_ppo_epochs", "2")] : [])
    },
    ask: { asking in
      guard asking.source.options.contains(.distillationMode) else { return nil }
      guard DistillationMode(asking.settings) == .sampledToken else {
        return asking.draft(about: .teacherLogp, teacher)
      }
      return asking.level == 3 ? asking.draft(about: .objective, objective) : asking.draft(about: .advantage, advantage)
    })

  private static func advantage(_ asking: Asking, _ term: Int) -> Draft? {
    guard let own = asking.value(beside: term, .oldLogp), let teachers = asking.value(beside: term, .teacherLogp),
      (own - teachers).magnitude > 0.05
    else { return nil }
    let asksLogs = asking.level == 1
    func shown(_ logp: Double) -> Shown { Shown(asksLogs ? logp : Elementary.exp(logp)) }
    let (p, q) = (shown(own), shown(teachers))
    let kind = asksLogs ? "log-probability" : "probability"
    return Draft(
      paragraph(
        "\(asking.place(term)) had \(kind) \(p.text) under the policy that sampled it and \(q.text) under the teacher. "
          + "What is \(asking.trace.text(term)), its advantage?"),
      number: asking.trace.value(term),
      shownGive: asksLogs ? q.value - p.value : Elementary.log(q.value) - Elementary.log(p.value),
      beat: asking.beat(term), asking.explain(term))
  }

  /// How much likelier the teacher finds a token, where no advantage is made of it.
  private static func teacher(_ asking: Asking, _ term: Int) -> Draft? {
    let logp = asking.trace.value(term)
    guard let own = asking.value(beside: term, .oldLogp), (own - logp).magnitude > 0.05, logp < -0.05 else {
      return nil
    }
    let (p, ratio) = (Shown(Elementary.exp(own)), Shown(Elementary.exp(logp - own)))
    return Draft(
      paragraph(
        "\(asking.place(term)) had probability \(p.text) under the policy, and the teacher finds it \(ratio.text) times as "
          + "likely. What is \(asking.trace.text(term)), its log-probability under the teacher?"),
      number: logp, shownGive: Elementary.log(p.value * ratio.value), beat: asking.beat(term), asking.explain(term))
  }

  /// A token of a later pass, in which the policy has moved.
  private static func objective(_ asking: Asking, _ term: Int) -> Draft? {
    guard let logp = asking.value(beside: term, .logp), let old = asking.value(beside: term, .oldLogp),
      let teachers = asking.value(beside: term, .teacherLogp), (logp - old).magnitude > 0.02,
      (teachers - old).magnitude > 0.05
    else { return nil }
    let (now, then, q) = (Shown(logp), Shown(old), Shown(teachers))
    return Draft(
      paragraph(
        "\(asking.place(term)) has log-probability \(now.text) now and had \(then.text) when it was sampled; the teacher's "
          + "is \(q.text). The objective is the ratio of the policies times the advantage. What is "
          + "\(asking.trace.text(term))?"),
      number: asking.trace.value(term),
      shownGive: Elementary.exp(now.value - then.value) * (q.value - then.value), beat: asking.beat(term),
      asking.explain(term))
  }
}
