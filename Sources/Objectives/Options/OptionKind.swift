extension Option.Kind {
  /// The value as an option of this kind keeps it, or nil where it is of another kind or out of range.
  public func fitted(_ value: OptionValue) -> OptionValue? {
    switch (self, value) {
    case (.number(let range), .number(let x)) where range.contains(x): value
    case (.number(let range), .integer(let n)) where range.contains(Double(n)): .number(Double(n))
    case (.optionalNumber(let range), .number(let x)) where range.contains(x): value
    case (.optionalNumber(let range), .integer(let n)) where range.contains(Double(n)): .number(Double(n))
    case (.optionalNumber, .none): value
    case (.integer(let range), .integer(let n)) where range.contains(n): value
    case (.flag, .flag): value
    case (.choice(let names), .choice(let name)) where names.contains(name): value
    case (.choices(let names), .choice(let text)) where Self.chosen(text, among: names) != nil: value
    case (.weights(let names, let isSigned), .choice(let text))
    where names.contains(text) || Weights(text, isSigned: isSigned) != nil: value
    case (.weights(_, let isSigned), .integer(let n)) where isSigned || n > 0: .choice("\(n)")
    case (.weights(_, let isSigned), .number(let x)) where (isSigned || x > 0) && x.isFinite: .choice(Option.plain(x))
    // Where `none` is one of the names, it is a choice like others, and switches nothing off.
    case (.choice(let names), .none) where names.contains("none"): .choice("none")
    default: nil
    }
  }

  /// What an option of this kind accepts, as the end of «must be …».
  public var expectation: String {
    switch self {
    case .number(let range): "a number \(Self.text(range))"
    case .optionalNumber(let range): "a number \(Self.text(range)), or none"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: "true or false"
    case .weights(let names, let isSigned):
      (["numbers \(isSigned ? "" : "above 0 ")with commas between them"] + names).joined(separator: ", or ")
    case .choice(let names): "one of " + names.joined(separator: ", ")
    case .choices(let names): "one or several, with commas between them, of " + names.joined(separator: ", ")
    }
  }

  /// The names in a text, each once; nil where one is unknown or stands there twice.
  static func chosen(_ text: String, among names: [String]) -> [String]? {
    let chosen = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    let isKnown = chosen.allSatisfy { names.contains($0) }
    return isKnown && Set(chosen).count == chosen.count ? chosen : nil
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    "from \(Option.plain(range.lowerBound)) to \(Option.plain(range.upperBound))"
  }
}
