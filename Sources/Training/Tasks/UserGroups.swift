internal import Autodiff

extension BuiltInTask {
  /// How many users ask, and of which groups.
  public struct UserGroupOptions: Sendable {
    public var demonstrations = 2_000
    public var prompts = 1_000
    public var heldOut = 200

    public init() {}
  }

  /// GRPO’s other meaning of group: users of three kinds with three tastes, who ask one assistant.
  ///
  /// Half of the prompts are of technical users, whose taste the demonstrations follow most; one in eight is of a young
  /// user, who likes stories, which the demonstrations rarely show, and likes even them only half as much. A baseline over all
  /// groups (`pooled`, `across_groups`) compares the young with others' rewards; `own_group` compares like with like.
  public static func userGroups(seed: UInt64, options: UserGroupOptions = UserGroupOptions()) -> BuiltInTask {
    func material(part: UInt32, demonstrations: Int, prompts: Int) -> Material {
      Material(
        demonstrations: .builtIn(
          "user-groups", .completions, UserGroup.demonstrations(demonstrations, seed: seed, part: part)),
        pairs: .builtIn("user-groups", .pairs),
        prompts: .builtIn("user-groups", .prompts, UserGroup.prompts(prompts, seed: seed, part: part)))
    }
    return BuiltInTask(
      name: "user-groups",
      sentence: "three kinds of users share one assistant: compare what each earns under every advantage_baseline",
      vocabulary: .words(UserGroup.vocabulary),
      training: material(part: 0, demonstrations: options.demonstrations, prompts: options.prompts),
      heldOut: material(part: 1, demonstrations: options.heldOut, prompts: options.heldOut),
      judge: Judge(name: "taste") { item in
        guard let group = item.example.group.flatMap(UserGroup.init(rawValue:)) else { return -1 }
        return group.likes(item.completion, object: UserGroup.object(in: item.prompt))
      })
  }
}

/// Users who share a taste; the simulator’s `grpo-user-groups`, with sentences instead of single words.
enum UserGroup: String, CaseIterable, Sendable {
  case technical, casual, young

  /// A kind of answer: its sentences, with `*` for the object asked about.
  enum Style: CaseIterable {
    case code, joke, story

    var sentences: [String] {
      switch self {
      case .code: ["run save * now .", "run open * .", "type save * ."]
      case .joke: ["ha ! a * walks into a bar .", "why so sad * ? ha ha !", "a * and a cat meet . ha !"]
      case .story:
        [
          "once there was a * who was sad .", "once a * and a cat were friends .",
          "there was a * and all was well .",
        ]
      }
    }
  }

  static let objects = ["file", "note", "picture", "letter", "song", "page"]

  static let vocabulary: [String] = {
    let texts =
      allCases.map { $0.prompt(object: "") }
      + Style.allCases.flatMap { $0.sentences }.map { Self.filled($0, with: "") }
    var words = objects
    for word in texts.flatMap(FilmGrammar.words) where !words.contains(word) { words.append(word) }
    return words
  }()

  /// A sentence about an object.
  private static func filled(_ sentence: String, with object: String) -> String {
    sentence.reduce(into: "") { $0 += $1 == "*" ? object : String($1) }
  }

  /// Of eight prompts, how many are of this group.
  var weight: Int {
    switch self {
    case .technical: 4
    case .casual: 3
    case .young: 1
    }
  }

  func prompt(object: String) -> String { "\(rawValue) user : how to keep a \(object) ?" }

  static func object(in prompt: String) -> String? { FilmGrammar.words(prompt).first(where: objects.contains) }

  /// How this group likes an answer: its style, 0.25 less with another object than was asked for; −1 for anything else.
  func likes(_ answer: String, object: String?) -> Double {
    guard let (style, named) = Self.recognised(answer) else { return -1 }
    return likes(style) - (named == object ? 0 : 0.25)
  }

  /// How this group likes a style.
  func likes(_ style: Style) -> Double {
    switch (self, style) {
    case (.technical, .code), (.casual, .joke): 1
    case (.technical, .joke), (.casual, .code): -0.5
    case (.technical, .story), (.young, .joke): 0
    case (.casual, .story), (.young, .story): 0.5
    case (.young, .code): -0.75
    }
  }

  /// The style of a whole answer and the object that it names; nil if the text is no answer.
  static func recognised(_ answer: String) -> (style: Style, object: String)? {
    answers[FilmGrammar.words(answer).joined(separator: " ")]
  }

  /// All 54 answers.
  private static let answers: [String: (style: Style, object: String)] = {
    var answers: [String: (style: Style, object: String)] = [:]
    for style in Style.allCases {
      for sentence in style.sentences {
        for object in objects { answers[filled(sentence, with: object)] = (style, object) }
      }
    }
    return answers
  }()

  /// How often the demonstrations answer this group with each style, in order, of ten.
  private var shown: [(Style, Int)] {
    switch self {
    case .technical: [(.code, 6), (.joke, 3), (.story, 1)]
    case .casual: [(.code, 4), (.joke, 4), (.story, 2)]
    case .young: [(.code, 5), (.joke, 4), (.story, 1)]
    }
  }

  private static func asking(_ random: inout RandomStream) -> (UserGroup, object: String) {
    let group = random.pick(allCases.flatMap { Array(repeating: $0, count: $0.weight) })
    return (group, random.pick(objects))
  }

  static func prompts(_ count: Int, seed: UInt64, part: UInt32) -> [Example] {
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.prompts, part)
    return (0..<count).map { i in
      let (drawn, object) = asking(&random)
      // Weights are given in the order in which groups first appear: the same for every seed.
      let group = i < allCases.count ? allCases[i] : drawn
      return Example(prompt: group.prompt(object: object), group: group.rawValue, source: "", line: 0)
    }
  }

  static func demonstrations(_ count: Int, seed: UInt64, part: UInt32) -> [Example] {
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.demonstrations, part)
    return (0..<count).map { _ in
      let (group, object) = asking(&random)
      let style = random.pick(group.shown.flatMap { Array(repeating: $0.0, count: $0.1) })
      let sentence = filled(random.pick(style.sentences), with: object)
      return Example(
        prompt: group.prompt(object: object), completion: " " + sentence, group: group.rawValue, source: "", line: 0)
    }
  }
}
