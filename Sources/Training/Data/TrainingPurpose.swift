/// What purposes the random numbers of trainers, data and built-in tasks serve; see `RandomStream`.
///
/// All are clear of those of the simulator.
enum TrainingPurpose {
  static let order: UInt32 = 40
  static let sampling: UInt32 = 41
  static let minibatches: UInt32 = 42
  static let evaluation: UInt32 = 43
  static let references: UInt32 = 44

  static let heldOut: UInt32 = 100
  static let demonstrations: UInt32 = 101
  static let pairs: UInt32 = 102
  static let prompts: UInt32 = 103
  static let labels: UInt32 = 104
}
