import Objectives
import Transformers

/// Remembers the model that a run compares with, so that it does not go on with another one.
///
/// `.reference` in the run's folder has the checksum of its weights.
struct ReferenceSeal {
  static let name = ".reference"
  let run: RunDirectory

  private var file: String { "\(run.path)/\(Self.name)" }

  /// Remembers the model that a run begins with, or throws if it is another one than that which is remembered.
  func check(_ model: Transformer) throws(TrainingError) {
    let trainer = run.configuration.trainer
    guard trainer.algorithm.usesReference(run.configuration.settings.objective) else { return }
    let digits = String(model.checksum, radix: 16)
    guard RunFile.exists(file) else { return try RunFile.write(digits + "\n", to: file) }
    let before = String(decoding: try RunFile.read(file), as: UTF8.self).prefix { !$0.isNewline }
    guard before != digits else { return }
    let place = run.configuration[.model] ?? "\(run.path)/sft/model"
    throw TrainingError(
      .badData,
      "\(place): has other weights than when the run began, which compares with them as its reference: put the former ones "
        + "back, or begin another run with another --output")
  }
}
