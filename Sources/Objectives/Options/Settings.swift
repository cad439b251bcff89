/// The value of one option.
public enum OptionValue: Equatable, Sendable {
  case number(Double)
  case integer(Int)
  case flag(Bool)
  case choice(String)
  /// The feature is switched off.
  case none
}

/// Why an option cannot take a value, and what it accepts instead.
public struct OptionError: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// All options of a run: the standard values, and what was changed.
public struct Settings: Equatable, Sendable {
  private var values: [OptionValue] = Option.allCases.map { $0.description.standard }

  public init() {}

  /// An option's value, set or standard.
  public subscript(option: Option) -> OptionValue { values[option.rawValue] }

  /// A number; 0 for an optional one that is off, which `optionalNumber` tells apart from a 0 that was set.
  public func number(_ option: Option) -> Double { optionalNumber(option) ?? 0 }

  /// A number, whole or not; nil for an optional one that is off, and for an option of another kind.
  public func optionalNumber(_ option: Option) -> Double? {
    switch self[option] {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// A whole number; 0 for an option of another kind.
  public func integer(_ option: Option) -> Int {
    if case .integer(let value) = self[option] { value } else { 0 }
  }

  /// Whether a flag is set; false for an option of another kind.
  public func flag(_ option: Option) -> Bool { self[option] == .flag(true) }

  /// The chosen name, or the text of several; empty for an option of another kind.
  public func choice(_ option: Option) -> String {
    if case .choice(let value) = self[option] { value } else { "" }
  }

  /// Sets an option if the value is of its kind and within its range.
  public mutating func set(_ option: Option, to value: OptionValue) throws(OptionError) {
    guard let fitted = option.description.kind.fitted(value) else {
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
  public var expectation: String { description.kind.expectation }

  static func plain(_ value: Double) -> String {
    value.magnitude < 1e15 && value == Double(Int64(value)) ? "\(Int64(value))" : value.description
  }
}
