/// What purpose a random number serves; each has streams of its own, so that a what-if disturbs no other.
enum RandomPurpose { static let sampling: UInt32 = 1, shuffling: UInt32 = 2, transitions: UInt32 = 3 }
