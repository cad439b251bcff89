/// What a policy in a tiny world sees of a text: the rows of its table of logits.
///
/// Either the previous token alone, so that texts which meet in a token share what follows; or the prompt as well, so
/// that each prompt has rows of its own.
public struct StateSpace: Sendable {
  /// The name of each row; the vocabulary itself if only the previous token is seen.
  public let names: [String]
  private let prompts: [[Int]]
  private let eos: Int
  private let seesPrompt: Bool

  public init(_ world: World) {
    eos = world.eos
    seesPrompt = world.policySeesPrompt
    var distinct: [[Int]] = []
    for prompt in world.prompts where !distinct.contains(prompt) { distinct.append(prompt) }
    prompts = distinct
    names = seesPrompt ? distinct.flatMap { Self.names(after: $0, in: world) } : world.vocabulary
  }

  /// `1+1=` where nothing is generated yet, `1+1=0` after a 0.
  private static func names(after prompt: [Int], in world: World) -> [String] {
    let isShort = prompt.allSatisfy { world.vocabulary[$0].utf8.count == 1 }
    let words = prompt.map { world.vocabulary[$0] }
    let text = words.joined(separator: isShort ? "" : "_")
    return world.vocabulary.dropLast().enumerated().map { token, word in
      token == prompt.last ? text : text + (isShort ? "" : "_") + word
    }
  }

  /// How many rows a policy's table has: no token follows the end.
  public var count: Int { seesPrompt ? prompts.count * eos : eos }

  /// The state in which a prompt leaves the policy. A prompt that the world does not have counts as its first.
  public func start(_ prompt: [Int]) -> Int {
    let last = prompt.last ?? 0
    return seesPrompt ? (prompts.firstIndex(of: prompt) ?? 0) * eos + last : last
  }

  /// The state after one more token; nil after the end.
  public func state(after token: Int, from state: Int) -> Int? {
    if token == eos { return nil }
    return seesPrompt ? state / eos * eos + token : token
  }

  /// The states in which a response's tokens are chosen.
  func path(_ tokens: [Int], after prompt: [Int]) -> [Int] {
    var states: [Int] = []
    var state: Int? = start(prompt)
    for token in tokens {
      guard let now = state else { break }
      states.append(now)
      state = self.state(after: token, from: now)
    }
    return states
  }
}
