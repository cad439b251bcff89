extension World {
  /// Sums of two binary digits: the world of the scenario `grpo`.
  ///
  /// The demonstrations of 0 + 0 are all correct, so that its groups soon have no spread; of those of 1 + 1, whose
  /// answer has two digits, one in four is correct.
  static let halfAdder: World = {
    let vocabulary = ["0", "1", "+", "=", "<eos>"]
    func tokens(_ text: String) -> [Int] {
      text.split(separator: " ").compactMap { vocabulary.firstIndex(of: String($0)) }
    }
    let tasks = [
      ("0 + 0 =", "0", ["0", "0", "0", "0"]), ("0 + 1 =", "1", ["1", "1", "0", "1 1"]),
      ("1 + 0 =", "1", ["1", "0", "0", "1 0"]), ("1 + 1 =", "1 0", ["1 0", "1", "1 1", "0"]),
    ]
    return World(
      vocabulary: vocabulary, prompts: tasks.map { tokens($0.0) },
      demonstrations: tasks.flatMap { task in
        task.2.map { Demonstration(prompt: tokens(task.0), response: tokens($0 + " <eos>")) }
      },
      preferences: [], answers: tasks.map { tokens($0.1) }, policySeesPrompt: true)
  }()
}
