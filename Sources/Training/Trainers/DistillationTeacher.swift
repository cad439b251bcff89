import Autodiff
import Objectives
import Transformers

/// Who says what the student should have written: a model of its own, or the student itself, with the solution in sight.
struct DistillationTeacher {
  let model: Transformer
  let kind: TeacherKind

  init(_ inputs: RunInputs) {
    kind = TeacherKind(inputs.settings.objective)
    let own = inputs.model.model
    model =
      switch kind {
      case .model, .base: inputs.teacher?.model ?? own.frozen()
      case .live, .ema: own.copy()
      }
  }

  /// Whether it sees the column `privileged_context` before the prompt.
  var seesSolution: Bool { kind.seesSolution }

  /// Moves it towards the student after an optimizer step, if it is one that moves, and if it is time.
  func follow(_ student: Transformer, step: Int, _ settings: Settings) {
    guard let share = kind.share(after: step, settings) else { return }
    model.move(towards: student, by: Float(share.value))
  }

  /// What changes and is not trained, for checkpoints.
  var followers: [(name: String, model: Transformer)] {
    switch kind {
    case .model, .base: []
    case .live, .ema: [("teacher", model)]
    }
  }

  /// A rollout's response after the prompt that the teacher sees: `{privileged_context}\n\n{prompt}`, or the student's own.
  ///
  /// Source: TRL `SDFTTrainer`, whose `teacher_prompt_template` has the context behind the prompt.
  func text(of rollout: Rollout, _ student: LanguageModel, _ settings: TrainingSettings) throws(TrainingError)
    -> TextTokens
  {
    guard seesSolution else { return rollout.text }
    let solution = try rollout.example.text(ofColumn: "privileged_context")
    let room = max(1, model.configuration.positionLimit - rollout.text.response.count)
    var example = rollout.example
    example.prompt = solution + "\n\n" + example.prompt
    return TextTokens(prompt: student.askedTokens(of: example, limit: room), response: rollout.text.response)
  }

  /// What it says of the responses that a pass of the student read.
  func pass(
    _ rollouts: [Rollout], beside pass: ForwardPass, _ student: LanguageModel, _ settings: TrainingSettings
  ) throws(TrainingError) -> TeacherPass {
    var texts: [TextTokens] = []
    for rollout in rollouts { texts.append(try text(of: rollout, student, settings)) }
    let own = model.forward(
      .scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count }),
      temperature: Float(settings.number(.temperature)), sharedAs: pass)
    return TeacherPass(own, settings.objective)
  }
}

extension TeacherPass {
  /// A teacher's pass, compared as the options have it.
  init(_ pass: ForwardPass, _ settings: Settings) {
    let likeliest = Likeliest(
      count: settings.integer(.distillationTopK), addsTail: settings.flag(.distillationAddTail))
    self.init(
      pass, beta: settings.number(.distillationBeta),
      likeliest: DistillationMode(settings) == .topkLogits ? likeliest : nil)
  }
}
