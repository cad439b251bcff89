/// The purposes of random streams in trainers, data and built-in tasks; see `RandomStream`.
///
/// They differ from the simulator's.
enum TrainingPurpose {
  static let order: UInt32 = 40
  static let sampling: UInt32 = 41
  static let minibatches: UInt32 = 42
  static let evaluation: UInt32 = 43
  static let references: UInt32 = 44
  static let sources: UInt32 = 45

  static let heldOut: UInt32 = 100
  static let demonstrations: UInt32 = 101
  static let pairs: UInt32 = 102
  static let prompts: UInt32 = 103
  static let labels: UInt32 = 104
}
