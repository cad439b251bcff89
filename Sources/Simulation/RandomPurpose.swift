/// The purposes of random numbers; each has its own streams, so that a what-if affects no other.
enum RandomPurpose {
  static let sampling: UInt32 = 1, shuffling: UInt32 = 2, transitions: UInt32 = 3, labels: UInt32 = 4
  static let sources: UInt32 = 5, rules: UInt32 = 6
}
