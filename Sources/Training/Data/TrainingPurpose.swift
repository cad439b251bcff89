/// What purposes the random numbers of data and built-in tasks serve; see `RandomStream`.
///
/// They start at 100, clear of those of the simulator.
enum TrainingPurpose {
  static let heldOut: UInt32 = 100
  static let demonstrations: UInt32 = 101
  static let pairs: UInt32 = 102
  static let prompts: UInt32 = 103
  static let labels: UInt32 = 104
}
