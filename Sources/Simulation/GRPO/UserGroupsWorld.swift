extension World {
  /// Users of three kinds, who ask one assistant: the world of the scenario `grpo-user-groups`.
  ///
  /// The policy sees the kind of user in the prompt, and from then on only the previous token: each kind gets its own first
  /// word, and all share what follows it. After `first` the technical want code and the casual a joke.
  /// Two prompts in four are of technical users, whose taste the reference knows best; the young earn little.
  static let userGroups: World = {
    let vocabulary = ["technical", "casual", "young", "first", "code", "joke", "story", "<eos>"]
    func tokens(_ text: String) -> [Int] {
      text.split(separator: " ").compactMap { vocabulary.firstIndex(of: String($0)) }
    }
    func likes(_ code: Double, _ joke: Double, _ story: Double) -> [Double] { [0, 0, 0, 0, code, joke, story, 0] }
    let demonstrations = [
      ("technical", "first code"), ("technical", "first code"), ("technical", "code"), ("technical", "first joke"),
      ("casual", "first code"), ("casual", "joke"), ("casual", "first joke"), ("casual", "story"),
      ("young", "first code"), ("young", "code"), ("young", "first joke"), ("young", "story"),
      ("young", "first story"),
    ]
    return World(
      vocabulary: vocabulary, prompts: ["technical", "casual", "technical", "young"].map(tokens),
      demonstrations: demonstrations.map { Demonstration(prompt: tokens($0.0), response: tokens($0.1 + " <eos>")) },
      preferences: [],
      users: [
        Users(name: "technical", prompts: [0, 2], likes: likes(1, -0.5, 0)),
        Users(name: "casual", prompts: [1], likes: likes(-0.5, 1, 0.5)),
        Users(name: "young", prompts: [3], likes: likes(-1, 0, 0.5)),
      ])
  }()
}
