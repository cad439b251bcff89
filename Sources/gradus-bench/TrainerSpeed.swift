import Autodiff
import Objectives
import Simulation
import Training
import Transformers

/// GRPO, PPO and DPO from end to end, and the tape's share of a step.
func measureTrainers() throws {
  heading("Trainers, 32 responses of 32 tokens; DPO 16 pairs of 32 + 32")
  for size in [ModelSize.small, .large] {
    for trainer in [Trainer.grpo, .ppo, .dpo] {
      var shape = TimedTrainer.Shape()
      if trainer.learnsPairs { (shape.responses, shape.promptLength) = (16, 32) }
      let (amount, unit) = trainer.learnsPairs ? (16.0, "pairs/s") : (1024, "tokens/s")
      for format in NumberFormat.allCases {
        let timed = try TimedTrainer(trainer, size.configuration(in: format), alphabet: alphabet, shape: shape)
        let seconds = try fastest(atLeast: 2) { try timed.step() }
        let name = "\(trainer.name) \(size.name)" + format.remark
        row(name, amount / seconds, unit, id: "\(trainer.name).\(size.id)" + format.suffix)
        row("  steps", "\(rounded(1 / seconds, 10)) per second")
        Machine.share(of: operations(trainer, size, shape) / seconds, format)
        if trainer.samples { row("  the tape's share", "\(rounded(100 * tapeSeconds(trainer) / seconds, 10)) %") }
      }
    }
  }
}

/// Floating-point operations of a step, as so many forward passes over all of its texts; a backward pass counts as two. A
/// prompt that several responses share counts once. DPO's reference has been asked before the fastest step.
private func operations(_ trainer: Trainer, _ size: ModelSize, _ shape: TimedTrainer.Shape) -> Double {
  let length = shape.promptLength + shape.responseLength
  let texts = Double(shape.responses * (trainer.learnsPairs ? 2 : 1))
  let prompts = shape.responses / (trainer.samplesGroups ? shape.generations : 1)
  let distinct = texts * Double(shape.responseLength) + Double(prompts * shape.promptLength)
  // GRPO: the reference, and the step. PPO: the policy and the reference, the reward model and the critic, and in each of four
  // epochs the steps of policy and critic.
  let passes: Double = trainer.learnsPairs ? 3 : trainer.hasCritic ? 4 + 4 * 6 : 4
  return (passes + (trainer.samples ? 1 : 0)) * distinct * size.forwardOperationsPerToken(length: length)
}

/// 95 printable characters: with four special tokens the vocabulary has 99.
let alphabet = (32...126).map { Character(UnicodeScalar(UInt8($0))) }

/// Loss and gradient of a batch of 32 responses of 32 tokens on the tape; for PPO once for each of four epochs.
private func tapeSeconds(_ trainer: Trainer) -> Double {
  var random = RandomStream(seed: 2, purpose: 1)
  func logps() -> [Double] { (0..<32).map { _ in -5 * random.uniform() } }
  let tokens = [String](repeating: "x", count: 32)
  if trainer.hasCritic {
    let sequences = (0..<32).map { _ in
      Batch.PPOSequence(
        prompt: "", tokens: tokens, logp: logps(), oldLogp: logps(), refLogp: logps(), value: logps(),
        oldValue: logps(), score: random.uniform(), entropy: nil)
    }
    let batch = Batch(title: "", settings: Settings(), contents: .responses(sequences))
    return fastest(atLeast: 0.5) {
      let observer = Unobserved(tape: Tape())
      let preparation = batch.preparation(of: sequences, observer: observer)
      for _ in 0..<4 {
        let loss = batch.update(on: Array(0..<32), of: sequences, preparation, observer: observer).result.loss
        _ = observer.tape.gradient(of: loss)
      }
    }
  }
  let sequences = (0..<32).map { i in
    Batch.GroupBatch.Sequence(
      prompt: "", tokens: tokens, group: i / 8, reward: random.uniform(), logp: logps(), oldLogp: logps(),
      refLogp: logps())
  }
  let group = Batch.GroupBatch(sequences: sequences, groups: (0..<4).map { Batch.GroupBatch.Group(name: "\($0)") })
  let batch = Batch(title: "", settings: Settings(), contents: .groups(group))
  return fastest(atLeast: 0.5) {
    let observer = Unobserved(tape: Tape())
    let preparation = batch.preparation(of: group, observer: observer)
    let loss = batch.update(on: Array(0..<32), of: group, preparation, observer: observer).result.loss
    _ = observer.tape.gradient(of: loss)
  }
}

/// Training speed by the number of workers and the width of a model of four layers.
func measureScaling() {
  heading("Training tokens/s by width and workers, 32×64 tokens")
  for width in [64, 128, 256] {
    let configuration = ModelConfiguration(
      vocabularySize: 99, hiddenSize: width, intermediateSize: 3 * width, layerCount: 4, headCount: width / 32)
    let size = ModelSize(name: "\(width)", id: "", configuration: configuration, sequences: 32, length: 64)
    let counts = [1, 2, 4].filter { $0 <= Workers.all.count }
    let tokens = Double(size.sequences * size.length)
    let speeds = counts.map { tokens / fastest(atLeast: 1.5, trainingStep(size, workers: Workers($0))) }
    let texts = zip(counts, speeds).map { "\($0): \(rounded($1, 1))" }
    row("width \(width)", texts.joined(separator: "   ") + "   \(rounded((speeds.last ?? 0) / speeds[0], 100)) ×")
  }
}
