import Objectives
public import Recording

extension Batch {
  /// Reads a `gradus.batch/1` document; what is wrong in it is reported with its line and column.
  public init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the batch")
    let format = try fields.required("format")
    guard try format.string("format") == "gradus.batch/1" else {
      throw format.error("format must be 'gradus.batch/1'")
    }
    let algorithm = try fields.required("algorithm")
    guard try algorithm.string("algorithm") == "ppo" else {
      throw algorithm.error("algorithm must be 'ppo'")
    }
    try fields.rejectUnknown(allowed: ["format", "algorithm", "title", "config", "sequences"])
    var settings = Settings()
    let config = fields.optional("config")
    if let config { try settings.decode(config, "config", allowed: Self.options) }
    let list = try fields.required("sequences")
    var sequences: [Sequence] = []
    for (i, item) in try list.list("sequences").enumerated() {
      sequences.append(try Sequence(item, "sequences[\(i)]"))
    }
    guard !sequences.isEmpty else { throw list.error("sequences must hold at least one response") }
    self.init(
      title: try fields.optional("title")?.string("title") ?? "batch", settings: settings, sequences: sequences)
    if let problem { throw (config ?? document).error(problem) }
  }

  /// What the settings need and the batch does not hold, if anything.
  var problem: String? {
    if settings.choice(.klEstimator) == "exact" {
      return "kl_estimator exact needs whole distributions, and a batch holds sampled tokens alone: use k1, k2 or k3"
    }
    if settings.number(.entropyCoef) != 0, sequences.contains(where: { $0.entropy == nil }) {
      return "entropy_coef needs the key 'entropy' in every sequence"
    }
    return nil
  }

  /// The options that mean something for recorded numbers.
  static let options: [Option] = [
    .klCoef, .klEstimator, .useKLLoss, .gamma, .lam, .whitenRewards, .whitenAdvantages, .whitenDegrees, .rewardClip,
    .cliprange, .cliprangeHigh, .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef, .entropyCoef, .aggregation,
  ]
}

extension Batch.Sequence {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let fields = try document.object(place)
    try fields.rejectUnknown(
      allowed: ["prompt", "tokens", "logp", "old_logp", "ref_logp", "value", "old_value", "score", "entropy"])
    let tokenList = try fields.required("tokens")
    var tokens: [String] = []
    for item in try tokenList.list("\(place).tokens") { tokens.append(try item.string("a token")) }
    guard !tokens.isEmpty else { throw tokenList.error("\(place).tokens must hold at least one token") }

    func numbers(_ key: String) throws(DocumentError) -> [Double] {
      let list = try fields.required(key)
      var numbers: [Double] = []
      for (t, item) in try list.list("\(place).\(key)").enumerated() {
        numbers.append(try item.number("\(place).\(key)[\(t)]"))
      }
      guard numbers.count == tokens.count else {
        throw list.error("\(place).\(key) has \(numbers.count) numbers for \(tokens.count) tokens")
      }
      return numbers
    }
    self.init(
      prompt: try fields.optional("prompt")?.string("\(place).prompt") ?? "", tokens: tokens,
      logp: try numbers("logp"), oldLogp: try numbers("old_logp"), refLogp: try numbers("ref_logp"),
      value: try numbers("value"), oldValue: try numbers("old_value"),
      score: try fields.required("score").number("\(place).score"),
      entropy: fields.optional("entropy") != nil ? try numbers("entropy") : nil)
  }
}
