import Autodiff
import Training
import Transformers

/// What sharing a group's prompt saves: forward and backward over 32 texts in groups of 8, beside as many texts of the same
/// lengths whose prompts differ; and GRPO's steps with such prompts.
func measureGroups() throws {
  var shape = TimedTrainer.Shape()
  (shape.promptLength, shape.responseLength) = (128, 64)
  let (prompt, response) = (shape.promptLength, shape.responseLength)
  heading("\(shape.responses) responses of \(response) tokens to prompts of \(prompt), groups of \(shape.generations)")
  for size in [ModelSize.small, .large] {
    let passes = [shape.generations, 1].map { generations in
      shape.generations = generations
      return learning(size, shape)
    }
    shape.generations = 8
    let times = fastest(atLeast: 2, inTurn: passes)
    let tokens = Double(shape.responses * response)
    row("\(size.name), forward and backward", tokens / times[0], "tokens/s", id: "groups.\(size.id)")
    row("  with prompts of their own", tokens / times[1], "tokens/s", id: "alone.\(size.id)")
    row("  sharing them", "\(rounded(times[1] / times[0], 100)) × as fast")
    let timed = try TimedTrainer(.grpo, size.configuration, alphabet: alphabet, shape: shape)
    let seconds = try fastest(atLeast: 2) { try timed.step() }
    row("grpo \(size.name)", tokens / seconds, "tokens/s", id: "grpo.\(prompt).\(size.id)")
  }
}

/// Forward and backward of random texts, of which `generations` have the same prompt.
private func learning(_ size: ModelSize, _ shape: TimedTrainer.Shape) -> () -> Void {
  let model = Transformer(size.configuration, seed: 1)
  let gradient = Parameters(count: model.parameters.count)
  var random = RandomStream(seed: 1, purpose: 1)
  func text(_ length: Int) -> [Int32] {
    (0..<length).map { _ in Int32(random.below(size.configuration.vocabularySize)) }
  }
  let prompts = (0..<shape.responses / shape.generations).map { _ in text(shape.promptLength) }
  let texts = (0..<shape.responses).map { prompts[$0 / shape.generations] + text(shape.responseLength) }
  let batch = TokenBatch.scoring(texts, from: texts.map { _ in shape.promptLength })
  let rows = [Float](repeating: -1 / Float(batch.rowCount), count: batch.rowCount)
  return { model.forward(batch, keepsActivations: true).backward(rows, into: gradient) }
}
