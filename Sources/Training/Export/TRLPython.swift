internal import CEmbedded

/// A file of Python that is handed over as it stands in the folder `integrations/trl-export`.
struct TRLPython: Sendable {
  let name: String
  let text: String

  /// The script that goes on with a trainer's runs.
  static func script(for trainer: Trainer) -> TRLPython {
    TRLPython("train_\(trainer.name.replacing("-", with: "_")).py", as: "train.py")
  }

  /// What the scripts for TRL's trainers have in common.
  static let continuation = TRLPython("continuation.py", as: "continuation.py")
  /// What `rewards.py` chooses from.
  static let rewardFunctions = TRLPython("reward_functions.py", as: "reward_functions.py")

  private init(_ file: String, as name: String) {
    let files = (0..<gradus_trl_export.count).map { gradus_trl_export.first[$0] }
    guard let found = files.first(where: { String(cString: $0.name) == file }) else {
      preconditionFailure("\(file) is not in the program: name it in python.c")
    }
    self.name = name
    text = String(decoding: UnsafeBufferPointer(start: found.bytes, count: found.count), as: UTF8.self)
  }

  func write(to folder: String) throws(TrainingError) { try RunFile.write(text, to: "\(folder)/\(name)") }
}
