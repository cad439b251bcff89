/// The value of one option.
public enum OptionValue: Equatable, Sendable {
  case number(Double)
  case integer(Int)
  case flag(Bool)
  case choice(String)
  /// The feature is switched off.
  case none
}

/// A value that an option cannot take, and what it can.
public struct OptionError: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// All options of a run: the standard values, and what was changed.
public struct Settings: Equatable, Sendable {
  private var values: [OptionValue] = Option.allCases.map { $0.description.standard }

  public init() {}

  public subscript(option: Option) -> OptionValue { values[option.rawValue] }

  /// A number; for an optional one that is off, NaN never appears: ask `optionalNumber`.
  public func number(_ option: Option) -> Double { optionalNumber(option) ?? 0 }

  public func optionalNumber(_ option: Option) -> Double? {
    switch self[option] {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  public func integer(_ option: Option) -> Int {
    if case .integer(let value) = self[option] { value } else { 0 }
  }

  public func flag(_ option: Option) -> Bool { self[option] == .flag(true) }

  public func choice(_ option: Option) -> String {
    if case .choice(let value) = self[option] { value } else { "" }
  }

  /// Sets an option if the value is of its kind and within its range.
  public mutating func set(_ option: Option, to value: OptionValue) throws(OptionError) {
    let fitted: OptionValue? =
      switch (option.description.kind, value) {
      case (.number(let range), .number(let x)) where range.contains(x): value
      case (.number(let range), .integer(let n)) where range.contains(Double(n)): .number(Double(n))
      case (.optionalNumber(let range), .number(let x)) where range.contains(x): value
      case (.optionalNumber(let range), .integer(let n)) where range.contains(Double(n)): .number(Double(n))
      case (.optionalNumber, .none): value
      case (.integer(let range), .integer(let n)) where range.contains(n): value
      case (.flag, .flag): value
      case (.choice(let names), .choice(let name)) where names.contains(name): value
      case (.weights(let names), .choice(let text)) where names.contains(text) || Weights(text) != nil: value
      case (.weights, .integer(let n)) where n > 0: .choice("\(n)")
      case (.weights, .number(let x)) where x > 0 && x.isFinite: .choice(Option.plain(x))
      // Where `none` is one of the names, it is no feature switched off.
      case (.choice(let names), .none) where names.contains("none"): .choice("none")
      default: nil
      }
    guard let fitted else {
      throw OptionError(message: "\(option.name) must be \(option.expectation), not \(value.text)")
    }
    values[option.rawValue] = fitted
  }

  /// The options whose value is not the standard one, in the table's order.
  public var changed: [Option] {
    Option.allCases.filter { self[$0] != $0.description.standard }
  }
}

extension OptionValue {
  /// The value as one types it.
  public var text: String {
    switch self {
    case .number(let value): Option.plain(value)
    case .integer(let value): "\(value)"
    case .flag(let value): value ? "true" : "false"
    case .choice(let name): name
    case .none: "none"
    }
  }
}

extension Option {
  /// What the option accepts, as the end of «must be …».
  public var expectation: String {
    switch description.kind {
    case .number(let range): "a number \(Self.text(range))"
    case .optionalNumber(let range): "a number \(Self.text(range)), or none"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: "true or false"
    case .weights(let names):
      "numbers above 0 with commas between them, or " + names.joined(separator: " or ")
    case .choice(let names): "one of " + names.joined(separator: ", ")
    }
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    "from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
  }

  static func plain(_ value: Double) -> String {
    value.magnitude < 1e15 && value == Double(Int64(value)) ? "\(Int64(value))" : value.description
  }
}
