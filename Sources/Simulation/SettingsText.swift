import Documents
public import Objectives

extension OptionValue {
  /// The value that a text most plainly is: a whole number, a number, true or false, `none`, or a name.
  public init(parsing text: String) {
    switch text {
    case "true": self = .flag(true)
    case "false": self = .flag(false)
    case "none", "null": self = .none
    default:
      if let integer = Int(text) {
        self = .integer(integer)
      } else if let number = NumberText.parse(text), number.isFinite {
        self = .number(number)
      } else {
        self = .choice(text)
      }
    }
  }
}

extension Option {
  /// The algorithm's option with this name, or an error that offers the nearest ones.
  public static func find(_ name: String, for algorithm: Algorithm) throws(OptionError) -> Option {
    if let option = named(name, for: algorithm) { return option }
    let near = nearestNames(to: name, among: all(for: algorithm).map { $0.name })
    let hint =
      near.isEmpty
      ? "`help options` in the debugger and `gradus scenarios \(algorithm.name)` list them"
      : "did you mean \(near.joined(separator: ", "))?"
    throw OptionError(message: "there is no option \(name); \(hint)")
  }
}

extension Settings {
  /// Sets an algorithm's option from what a user typed, `cliprange` and `0.1`.
  public mutating func set(_ name: String, to text: String, for algorithm: Algorithm) throws(OptionError) {
    try set(Option.find(name, for: algorithm), to: OptionValue(parsing: text))
  }
}
