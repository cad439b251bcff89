internal import Autodiff

extension BuiltInTask {
  /// How many film reviews there are, and how people disagree.
  public struct FilmReviewOptions: Sendable {
    public var demonstrations = 2_000
    public var pairs = 2_000
    public var prompts = 512
    public var heldOut = 200
    /// The share of training pairs whose label is the wrong way round.
    public var flipped = 0.05
    /// By how much the chosen review is at least better than the rejected one.
    public var margin = 0.25

    public init() {}
  }

  /// SFT, reward model and PPO: a reward learned from honest pairs is hacked by texts unlike any in the pairs.
  ///
  /// People like good adjectives and a `very`, and every review in a pair is well formed. So a reward model counts such
  /// words, and `very very great great` scores high with it, while `judge` (people) finds it worthless.
  public static func filmReviews(seed: UInt64, options: FilmReviewOptions = FilmReviewOptions()) -> BuiltInTask {
    films(
      "film-reviews", sentence: "without a KL penalty, a policy hacks the reward that was learned from film reviews",
      seed: seed,
      options: options)
  }

  /// DPO: held-out pairs are ranked correctly, although some training labels are wrong.
  public static func preferences(
    seed: UInt64, options: FilmReviewOptions = preferenceOptions
  ) -> BuiltInTask {
    films(
      "preferences", sentence: "what people like is learned from their judgements alone, a tenth of which are wrong",
      seed: seed, options: options)
  }

  /// Those of `preferences`: a tenth of the labels wrong, and clearer choices.
  public static var preferenceOptions: FilmReviewOptions {
    var options = FilmReviewOptions()
    options.flipped = 0.1
    options.margin = 0.5
    return options
  }

  private static func films(
    _ name: String, sentence: String, seed: UInt64, options: FilmReviewOptions
  ) -> BuiltInTask {
    func material(isHeldOut: Bool) -> Material {
      let part: UInt32 = isHeldOut ? 1 : 0
      var examples = FilmExamples(seed: seed, part: part)
      return Material(
        demonstrations: .builtIn(
          name, .completions, examples.demonstrations(isHeldOut ? options.heldOut : options.demonstrations)),
        pairs: .builtIn(
          name, .pairs,
          examples.pairs(
            isHeldOut ? options.heldOut : options.pairs, flipped: isHeldOut ? 0 : options.flipped,
            margin: options.margin)),
        prompts: .builtIn(name, .prompts, examples.prompts(isHeldOut ? options.heldOut : options.prompts)))
    }
    return BuiltInTask(
      name: name, sentence: sentence, vocabulary: .words(FilmGrammar.vocabulary), training: material(isHeldOut: false),
      heldOut: material(isHeldOut: true),
      judge: Judge(name: "gold") { FilmGrammar.gold($0.prompt + $0.completion) })
  }
}

/// Draws the examples of one part, training or held out.
private struct FilmExamples {
  private var texts: RandomStream
  private var comparisons: RandomStream
  private var labels: RandomStream
  private var beginnings: RandomStream

  init(seed: UInt64, part: UInt32) {
    texts = RandomStream(seed: seed, purpose: TrainingPurpose.demonstrations, part)
    comparisons = RandomStream(seed: seed, purpose: TrainingPurpose.pairs, part)
    labels = RandomStream(seed: seed, purpose: TrainingPurpose.labels, part)
    beginnings = RandomStream(seed: seed, purpose: TrainingPurpose.prompts, part)
  }

  mutating func demonstrations(_ count: Int) -> [Example] {
    (0..<count).map { _ in
      let prompt = texts.pick(FilmGrammar.prompts)
      let completion = FilmGrammar.completion(of: prompt, random: &texts)
      return Example(prompt: prompt, completion: completion, source: "", line: 0)
    }
  }

  mutating func prompts(_ count: Int) -> [Example] {
    (0..<count).map { _ in Example(prompt: beginnings.pick(FilmGrammar.prompts), source: "", line: 0) }
  }

  mutating func pairs(_ count: Int, flipped: Double, margin: Double) -> [Example] {
    (0..<count).map { _ in
      let prompt = comparisons.pick(FilmGrammar.prompts)
      let (better, worse) = pair(of: prompt, margin: margin)
      let isFlipped = labels.chance(flipped)
      return Example(
        prompt: prompt, chosen: isFlipped ? worse : better, rejected: isFlipped ? better : worse, source: "", line: 0)
    }
  }

  /// Two continuations, the first better by at least the margin.
  private mutating func pair(of prompt: String, margin: Double) -> (better: String, worse: String) {
    while true {
      let (a, b) = (
        FilmGrammar.completion(of: prompt, random: &comparisons),
        FilmGrammar.completion(of: prompt, random: &comparisons)
      )
      let difference = FilmGrammar.gold(prompt + a) - FilmGrammar.gold(prompt + b)
      // Reviews hardly ever differ by more than 3; the search for a wider margin would never end.
      if abs(difference) >= min(margin, 2), difference != 0 { return difference > 0 ? (a, b) : (b, a) }
    }
  }
}
