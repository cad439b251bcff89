extension World {
  /// Whether the world says what a response is truly worth: by a taste, by what its users like, or by the right answers.
  public var knowsTrueReward: Bool { !taste.isEmpty || !users.isEmpty || !answers.isEmpty }

  /// What a response is truly worth to those who asked.
  ///
  /// With users, what their kind likes; with answers, 1 for the right one; otherwise `Σ worth × occurrences` over the taste.
  ///
  /// - Parameters:
  ///   - response: Its tokens.
  ///   - prompt: Its place in `prompts`.
  public func trueReward(of response: [Int], to prompt: Int) -> Double {
    trueScore(to: prompt).value(of: response)
  }

  /// The same, token by token.
  func trueScore(to prompt: Int) -> ResponseReward.Score {
    if let kind = users.first(where: { $0.prompts.contains(prompt) }) { return .sum(kind.likes) }
    return answers.isEmpty ? .phrases(taste) : .only(answers[prompt] + [eos])
  }

  /// The world, with preferences added where it has users but no preferences: of any two demonstrated answers to a
  /// prompt, its users prefer the one that they like more. A reward model that learns these pairs learns the mean of
  /// all tastes.
  var withPreferences: World {
    guard preferences.isEmpty, !users.isEmpty else { return self }
    var world = self
    for (n, first) in demonstrations.enumerated() {
      for second in demonstrations[..<n] where second.prompt == first.prompt {
        guard let prompt = prompts.firstIndex(of: first.prompt) else { continue }
        let (a, b) = (trueReward(of: first.response, to: prompt), trueReward(of: second.response, to: prompt))
        let pair = Preference(
          prompt: first.prompt, chosen: a > b ? first.response : second.response,
          rejected: a > b ? second.response : first.response)
        if a != b, !world.preferences.contains(pair) { world.preferences.append(pair) }
      }
    }
    return world
  }
}
