internal import CEmbedded

/// A file of Python that is handed over as it stands in the folder `integrations/trl-export`.
struct TRLPython: Sendable {
  let name: String
  let text: String

  // The scripts for TRL's trainers.
  static let sft = TRLPython("train.py", gradus_train_sft)
  static let reward = TRLPython("train.py", gradus_train_reward)
  static let dpo = TRLPython("train.py", gradus_train_dpo)
  static let grpo = TRLPython("train.py", gradus_train_grpo)
  static let ppo = TRLPython("train.py", gradus_train_ppo)

  /// What the scripts for TRL's trainers have in common.
  static let continuation = TRLPython("continuation.py", gradus_continuation)
  /// What `rewards.py` chooses from.
  static let rewardFunctions = TRLPython("reward_functions.py", gradus_reward_functions)

  private init(_ name: String, _ file: gradus_file) {
    self.name = name
    text = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  func write(to folder: String) throws(TrainingError) { try RunFile.write(text, to: "\(folder)/\(name)") }
}
