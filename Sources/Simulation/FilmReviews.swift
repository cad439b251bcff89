extension World {
  /// Reviews of a film in a language of eight tokens: the world of most built-in scenarios.
  ///
  /// People like `great` more than `fine` more than `awful`, and often prefer a `very`: so a reward that counts words
  /// can be had more cheaply by `very very very very` than by a review. What they truly like is how a finished review ends;
  /// nobody likes a word said twice.
  public static let filmReviews: World = {
    let vocabulary = ["the", "film", "was", "great", "fine", "awful", "very", "<eos>"]
    func tokens(_ text: String) -> [Int] {
      text.split(separator: " ").compactMap { vocabulary.firstIndex(of: String($0)) }
    }
    let demonstrations = [
      ("the film was", "great"), ("the film was", "great"), ("the film was", "fine"), ("the film was", "fine"),
      ("the film was", "awful"), ("the film was", "very great"), ("the film was", "very fine"),
      ("the film was", "very awful"), ("the film", "was great"), ("the film", "was fine"), ("the film", "was awful"),
      ("the film", "was very fine"),
    ]
    let preferences = [
      ("the film was", "great", "awful"), ("the film was", "great", "fine"), ("the film was", "fine", "awful"),
      ("the film was", "very great", "great"), ("the film was", "very great", "very awful"),
      ("the film was", "very fine", "fine"), ("the film", "was great", "was awful"),
      ("the film", "was very great", "was fine"),
    ]
    let taste = [
      ("great <eos>", 1), ("very great <eos>", 0.5), ("fine <eos>", 0.3), ("very fine <eos>", 0.2), ("awful <eos>", -1),
      ("very awful <eos>", -0.5), ("very very", -0.5), ("great great", -1), ("fine fine", -1), ("awful awful", -1),
    ]
    return World(
      vocabulary: vocabulary,
      prompts: [tokens("the film was"), tokens("the film")],
      demonstrations: demonstrations.map {
        Demonstration(prompt: tokens($0.0), response: tokens($0.1 + " <eos>"))
      },
      preferences: preferences.map {
        Preference(prompt: tokens($0.0), chosen: tokens($0.1 + " <eos>"), rejected: tokens($0.2 + " <eos>"))
      },
      taste: taste.map { Liking(words: tokens($0.0), worth: $0.1) })
  }()
}
