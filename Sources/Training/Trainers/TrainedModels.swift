import Transformers

/// Models that are updated together by one optimizer step: a policy, or a policy and its critic.
final class TrainedModels {
  struct Part {
    /// Its folder in a checkpoint.
    let name: String
    let model: Transformer
    let optimizer: AdamW
    let gradient: Parameters
  }

  let parts: [Part]
  /// The optimizer steps taken so far.
  var stepsDone = 0
  private let settings: TrainingSettings

  init(_ models: [(name: String, model: Transformer)], _ settings: TrainingSettings) {
    self.settings = settings
    parts = models.enumerated().map { number, part in
      let (name, model) = part
      model.begin(step: 0, seed: settings.seed &+ UInt64(number))
      model.checkpointsActivations = settings.flag(.gradientCheckpointing)
      let optimizer = AdamW(for: model)
      optimizer.beta1 = settings.number(.adamBeta1)
      optimizer.beta2 = settings.number(.adamBeta2)
      optimizer.epsilon = settings.number(.adamEpsilon)
      optimizer.weightDecay = settings.number(.weightDecay)
      return Part(
        name: name, model: model, optimizer: optimizer, gradient: Parameters(count: model.trainedParameters.count))
    }
  }

  private var ranks: any Ranks { parts[0].model.workers.ranks }

  func clearGradients() {
    for part in parts {
      part.gradient.clear()
      // A step that was given up leaves nothing behind.
      part.model.begin(step: part.optimizer.step)
    }
  }

  /// One step against the summed gradients, cut to `max_grad_norm`; returns their length before the cut.
  ///
  /// The factor is `min(1, limit / (norm + 1e-6))`, as in `torch.nn.utils.clip_grad_norm_`. Each part's last backward
  /// pass must have begun to sum its gradient over the ranks.
  func step(learningRate: Double) -> Double {
    ranks.finishSums()
    let squares = parts.map { part in
      let norm = part.gradient.norm(part.model.workers)
      return norm * norm
    }
    let norm = squares.reduce(0, +).squareRoot()
    let scale = settings.optionalNumber(.maxGradNorm).map { min(1, $0 / (norm + 1e-6)) } ?? 1
    for part in parts {
      part.optimizer.step(part.gradient, scale: scale, learningRate: learningRate)
      // Until the next step something else may need the memory.
      part.gradient.release()
    }
    stepsDone += 1
    return norm
  }
}
