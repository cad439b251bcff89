import Documents

/// The right answer to a question: a number, or one of some choices.
public enum ExpectedAnswer: Equatable, Sendable {
  case number(Double)
  /// The choices as they are shown, and which of them is right.
  case choice(right: Int, among: [String])

  /// Why an answer cannot be understood.
  public struct Misunderstanding: Error, Equatable, Sendable {
    public let message: String

    public init(message: String) { self.message = message }
  }

  /// Whether an answer is right.
  ///
  /// A number may be off by one per cent, or by what rounding to two or more significant digits takes away: of 0.7134,
  /// 0.71 is right and 0.7 is not. A choice is given by its text, by a beginning that no other has, or by its number,
  /// counted from 1.
  ///
  ///     try ExpectedAnswer.number(0.7134).accepts("0.71")                              // true
  ///     try ExpectedAnswer.choice(right: 0, among: ["clipped", "both"]).accepts("1")   // true
  ///
  /// - Throws: ``Misunderstanding`` if it is not a number, or none of the choices.
  public func accepts(_ typed: String) throws(Misunderstanding) -> Bool {
    switch self {
    case .number(let right):
      guard let number = NumberText.parse(typed.trimmed) else {
        throw Misunderstanding(message: "«\(typed.visible)» is not a number")
      }
      return (number - right).magnitude <= max(0.01 * right.magnitude, Self.rounding(of: typed.trimmed))
        || NumberText.full(number) == NumberText.full(right)
    case .choice(let right, let choices):
      return try Self.choice(typed.trimmed.lowercased(), among: choices) == right
    }
  }

  /// The right answer as text.
  public var text: String {
    switch self {
    case .number(let number): NumberText.short(number)
    case .choice(let right, let choices): choices[right]
    }
  }

  private static func choice(_ typed: String, among choices: [String]) throws(Misunderstanding) -> Int {
    if let number = Int(typed), choices.indices.contains(number - 1) { return number - 1 }
    let texts = choices.map { $0.lowercased() }
    if let exact = texts.firstIndex(of: typed) { return exact }
    let beginnings = texts.indices.filter { !typed.isEmpty && texts[$0].utf8.starts(with: typed.utf8) }
    guard beginnings.count == 1 else {
      throw Misunderstanding(message: "answer with 1 to \(choices.count), or with the words of a choice")
    }
    return beginnings[0]
  }

  /// Half a unit of the last digit that was typed, or 0 if fewer than two digits count: 0.005 for 0.71.
  private static func rounding(of typed: String) -> Double {
    var digits = 0
    var unit = 1.0
    var isFraction = false
    for byte in typed.utf8 {
      switch byte {
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if digits > 0 || byte != UInt8(ascii: "0") { digits += 1 }
        if isFraction { unit /= 10 }
      case UInt8(ascii: "-"), UInt8(ascii: "+"): break
      default: return 0
      }
    }
    return digits >= 2 ? unit / 2 : 0
  }
}
