import Transformers

/// A frozen model that is asked between steps: a reference, or a reward model.
enum AskedModel {
  case kept(Transformer)
  /// A large one that is read from its folder each time, so that it is not in memory while others learn: to read a weight
  /// takes far less time than a step.
  case read(() throws(TrainingError) -> Transformer)

  func ask<Answer>(
    _ question: (Transformer) throws(TrainingError) -> Answer
  ) throws(TrainingError) -> Answer {
    switch self {
    case .kept(let model): try question(model)
    case .read(let read): try question(try read())
    }
  }
}
