#if !hasFeature(Embedded)
  import Synchronization

  /// The tokens of words that have been split before, shared by all threads.
  final class WordCache: Sendable {
    private let words = Mutex<[ExactText: [Int32]]>([:])
    private let capacity = 1 << 16

    /// What is remembered, or what `tokens` gives. Long words are rarely seen twice and not remembered.
    func tokens(of word: String, _ tokens: (String) -> [Int32]) -> [Int32] {
      if word.utf8.count > 128 { return tokens(word) }
      let key = ExactText(word)
      if let known = words.withLock({ $0[key] }) { return known }
      let new = tokens(word)
      words.withLock { if $0.count < capacity { $0[key] = new } }
      return new
    }
  }
#else
  /// Where there is one thread, and words are few, nothing is remembered.
  struct WordCache: Sendable {
    func tokens(of word: String, _ tokens: (String) -> [Int32]) -> [Int32] { tokens(word) }
  }
#endif
