import Objectives
import Transformers

/// Who says what the student should have written: a model of its own, or the student as it began, with the solution in sight.
struct DistillationTeacher {
  let model: Transformer
  /// Whether it sees the column `privileged_context` before the prompt.
  let seesSolution: Bool

  init(_ inputs: RunInputs) {
    model = inputs.teacher?.model ?? inputs.model.model.frozen()
    seesSolution = inputs.teacher == nil
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
    return TextTokens(
      prompt: student.promptTokens(solution + "\n\n" + rollout.example.prompt, limit: room),
      response: rollout.text.response)
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
    return TeacherPass(own, beta: settings.objective.number(.distillationBeta))
  }
}
