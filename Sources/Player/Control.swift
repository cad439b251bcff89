import Documents
import Objectives

/// An option as a control of the page.
struct Control {
  private let name: String
  private let kind: String
  private let value: String
  private let original: String
  private var least: Double?
  private var most: Double?
  private var choices: [String] = []
  private let sentence: String
  private let source: String
  /// Whether it is among those that a reader changes first.
  private let isMain: Bool

  init(_ option: Option, value: String, original: String) {
    let description = option.description
    name = description.name
    self.value = value
    self.original = original
    sentence = description.sentence
    source = description.source
    isMain = Self.main.contains(description.name)
    switch description.kind {
    case .number(let range):
      kind = "number"
      (least, most) = (range.lowerBound, range.upperBound)
    case .optionalNumber(let range):
      kind = "optionalNumber"
      (least, most) = (range.lowerBound, range.upperBound)
    case .integer(let range):
      kind = "integer"
      (least, most) = (Double(range.lowerBound), Double(range.upperBound))
    case .flag:
      kind = "flag"
      choices = ["true", "false"]
    case .choice(let names):
      kind = "choice"
      choices = names
    case .choices(let names):
      kind = "choice"
      // Several with commas between them are typed; what is set is among what one sees.
      choices = names.contains(value) ? names : names + [value]
    case .weights(let names, _):
      kind = "weights"
      choices = names
    }
  }

  init(seed: UInt64, original: UInt64) {
    name = "seed"
    kind = "integer"
    value = "\(seed)"
    self.original = "\(original)"
    (least, most) = (0, 9_007_199_254_740_992)
    sentence = "Where all random numbers come from."
    source = ""
    isMain = true
  }

  /// What a reader changes first, by name.
  static let main = [
    "cliprange", "epsilon", "epsilon_high", "kl_coef", "beta", "gamma", "lam", "num_ppo_epochs", "num_iterations",
    "num_train_epochs", "learning_rate", "num_generations", "loss_type", "scale_rewards",
  ]

  func write(to json: inout JSONWriter) {
    json.member("name", name)
    json.member("kind", kind)
    json.member("value", value)
    json.member("original", original)
    json.member("least", number: least)
    json.member("most", number: most)
    json.member("choices", strings: choices)
    json.member("sentence", sentence)
    json.member("source", source)
    json.member("isMain", isMain)
  }
}
