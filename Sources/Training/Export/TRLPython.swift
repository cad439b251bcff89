internal import CEmbedded

/// A file of Python that is handed over as it stands in the folder `integrations/trl-export`.
struct TRLPython {
  let name: String
  let text: String

  /// The script for the trainer of TRL that a run goes on with.
  static func script(for trainer: Trainer) -> TRLPython {
    let file =
      switch trainer {
      case .sft: gradus_train_sft
      case .reward: gradus_train_reward
      case .dpo: gradus_train_dpo
      case .grpo: gradus_train_grpo
      case .ppo: gradus_train_ppo
      }
    return TRLPython("train.py", file)
  }

  /// What the scripts for all of TRL's trainers have in common.
  static let continuation = TRLPython("continuation.py", gradus_continuation)
  /// What `rewards.py` chooses from.
  static let rewardFunctions = TRLPython("reward_functions.py", gradus_reward_functions)

  private init(_ name: String, _ file: gradus_file) {
    self.name = name
    text = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  func write(to folder: String) throws(TrainingError) { try RunFile.write(text, to: "\(folder)/\(name)") }
}
