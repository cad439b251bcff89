/// An algorithm that aligns a language model, or an ancestor of one: everything that other layers need to know about it.
///
/// Documents, sentences, diagrams, quizzes, commands and trainers ask the value; they do not compare names. To add one,
/// write a file beside `GRPO.swift` and name it in `all`.
public struct Algorithm: Sendable {
  /// Its name in scenarios, batches and commands: `grpo`.
  public let name: String
  /// Its name for readers: `GRPO`.
  public let title: String
  public let material: Material
  /// How each response's or token's advantage is found; nil where there is none.
  public let credit: Credit?
  /// The models that take part, the one that learns first.
  public let models: [Model]
  /// The options that it uses, by purpose.
  public let options: OptionsInUse
  /// Which of its options play roles that other algorithms also have.
  let roles: [(role: Role, option: Option)]
  /// Its stages in the order in which an iteration runs through them.
  public let stages: [StageUse]
  /// What happens under these settings, in a few sentences for a first-time reader.
  public let story: @Sendable (Settings) -> String
  /// Whether the reference's log-probabilities enter the loss or the rewards under these settings.
  public let usesReference: @Sendable (Settings) -> Bool
  /// A quantity's name and meaning where the algorithm uses it in its own way; nil for the usual one.
  let meaning: @Sendable (Quantity) -> Quantity.Description?

  /// All algorithms, in the order in which lists name them.
  public static let all: [Algorithm] = [
    ppo, grpo, dpo, onlineDPO, kto, classicPPO, reinforce, remax, distillation, sft, rewardModel,
  ]

  /// The algorithm with a name; nil where none has it.
  public static func named(_ name: String) -> Algorithm? { all.first { $0.name == name } }

  /// Those whose batches, recorded by a trainer, can be replayed.
  public static let recorded: [Algorithm] = all.filter { $0.options.replayed != nil }
}

extension Algorithm: Equatable {
  public static func == (a: Algorithm, b: Algorithm) -> Bool { a.name == b.name }
}

// MARK: - What an algorithm is made of

extension Algorithm {
  /// What it learns from.
  public enum Material: Sendable {
    /// What the policy samples itself.
    case samples
    /// Two responses to one prompt, of which people preferred one.
    case pairs
    /// Two responses to one prompt that the policy samples itself, of which a score prefers one.
    case sampledPairs
    /// Single responses, each judged desirable or undesirable.
    case judgements
    /// Responses to be imitated.
    case demonstrations
  }

  /// How an advantage is found.
  public enum Credit: Sendable {
    /// Each token's, from a critic by generalized advantage estimation.
    case critic
    /// One for a whole response, from the rewards of its group.
    case group
    /// Each token's, from what came after it.
    case returns
    /// Each token's, from what a teacher makes of it.
    case teacher
  }

  /// A model that takes part.
  public enum Model: String, Sendable, CaseIterable {
    case policy = "policy"
    case critic = "critic"
    case rewardModel = "reward model"
    case reference = "reference"
    case teacher = "teacher"

    /// What its numbers are recorded as.
    public var parameter: Quantity {
      switch self {
      case .policy: .policyLogit
      case .critic: .criticValue
      case .reference: .referenceLogit
      case .rewardModel: .rewardWeight
      case .teacher: .teacherLogit
      }
    }
  }

  /// A purpose for which several algorithms have an option.
  public enum Role: Sendable {
    /// How far the ratio may fall below 1, and how far it may rise above.
    case clipLow, clipHigh
    /// The weight of the KL from the reference, or of the log-ratio to it.
    case klWeight
    /// How tokens' or pairs' losses are computed and averaged.
    case lossType, averaging
    /// What a reward or a return is compared with.
    case baseline
    /// How responses that were cut off are treated.
    case truncation
    /// How often to sample, how much and how long; how often to learn from it, and in how many parts.
    case iterations, batchSize, responseLength, epochs, minibatches
  }

  /// The options that an algorithm uses, each list in the table's order.
  public struct OptionsInUse: Sendable {
    /// In a tiny world.
    public let simulated: [Option]
    /// Of a batch that a trainer recorded; nil where there are no such batches.
    public let replayed: [Option]?
    /// When a transformer is trained: those of a batch, and what the trainer itself needs of the algorithm.
    public let trained: [Option]

    /// - Parameters:
    ///   - simulated: In a tiny world.
    ///   - replayed: Of a batch, and of a trainer that makes such batches.
    ///   - recorded: Of a batch alone, such as `reward_weights`: a trainer adds the rewards up before it asks.
    ///   - training: Of a trainer alone.
    init(simulated: [Option], replayed: [Option]? = nil, recorded: [Option] = [], training: [Option] = []) {
      func sorted(_ options: [Option]) -> [Option] { Option.allCases.filter { options.contains($0) } }
      self.simulated = sorted(simulated)
      self.replayed = replayed.map { sorted($0 + recorded) }
      trained = sorted((replayed ?? []) + training)
    }
  }

  /// The words for what it learns from, the parts of that, and who learns.
  public struct Words: Sendable {
    /// `response`, `episode`, `pair`, `demonstration`.
    public let example: String
    /// `token`, `action`.
    public let step: String
    /// `policy`, `reward model`.
    public let learner: String

    /// `one token`, `7 tokens`.
    public func steps(_ n: Int) -> String { n == 1 ? "one \(step)" : "\(n) \(step)s" }
    /// `one response`, `7 responses`.
    public func examples(_ n: Int) -> String { n == 1 ? "one \(example)" : "\(n) \(example)s" }
  }

  /// The words for its examples, their steps and the model that learns.
  ///
  /// - Parameter acting: Whether the policy acts in states instead of writing.
  public func words(acting: Bool = false) -> Words {
    let example =
      switch material {
      case .samples, .sampledPairs: acting ? "episode" : "response"
      case .pairs: "pair"
      case .judgements: "response"
      case .demonstrations: "demonstration"
      }
    return Words(example: example, step: acting ? "action" : "token", learner: models[0].rawValue)
  }
}

extension Algorithm {
  /// The option that plays a role here; nil where nothing does.
  public func option(_ role: Role) -> Option? { roles.first { $0.role == role }?.option }

  /// How far the ratio may go below and above 1 before it is clipped; nil where nothing clips it, as in losses of GRPO's
  /// family to which the same options are something else.
  public func clipWidths(_ settings: Settings) -> (low: Double, high: Double)? {
    guard let option = option(.clipLow) else { return nil }
    let low = settings.number(option)
    let high = self.option(.clipHigh).flatMap { settings.optionalNumber($0) } ?? low
    guard option == .epsilon else { return (low, high) }
    guard GroupLoss.chosen(by: settings).isClipped else { return nil }
    return (low, min(high, (settings.optionalNumber(.delta) ?? .infinity) - 1))
  }

  /// Whether it samples, so that there are old policies, advantages and iterations.
  public var samples: Bool { material == .samples || material == .sampledPairs }

  /// Whether it compares two responses to one prompt.
  public var comparesPairs: Bool { material == .pairs || material == .sampledPairs }

  /// Whether what it samples is rewarded.
  public var isRewarded: Bool { samples && !has(.teacher) }

  /// How many indices an advantage has: two where each token has its own, one where a response shares it.
  public var advantageIndices: Int {
    switch credit {
    case .critic, .returns, .teacher: 2
    case .group: 1
    case nil: 0
    }
  }

  /// The name of a token's advantage: `advantage[2]` or `advantage[2,5]`.
  public func advantageName(_ i: Int, _ t: Int) -> String {
    advantageIndices == 1 ? "advantage[\(i)]" : "advantage[\(i),\(t)]"
  }

  /// Whether a model takes part.
  public func has(_ model: Model) -> Bool { models.contains(model) }

  /// Whether the loss moves a model: the one that learns first, and a critic unless its loss has no weight.
  public func trains(_ model: Model, _ settings: Settings) -> Bool {
    model == models[0] || (model == .critic && settings.number(.vfCoef) != 0)
  }

  /// Whether a model is made of the policy from time to time, so that it moves although no loss moves it.
  public func follows(_ model: Model, _ settings: Settings) -> Bool {
    switch model {
    case .reference: options.simulated.contains(.syncReference) && settings.flag(.syncReference)
    case .teacher: has(.teacher) && [.live, .ema].contains(TeacherKind(settings))
    default: false
    }
  }

  /// What a response earns: the `score` of a reward model, a `reward` otherwise.
  public var outcome: String { has(.rewardModel) ? "score" : "reward" }

  /// What a stage is for; nil for one that the algorithm does not have.
  public func use(of stage: Stage) -> StageUse? { stages.first { $0.stage == stage } }
}
