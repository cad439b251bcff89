/// A value read from a JSON or YAML file, which knows where in the file it stands.
///
/// Any error in it can then be reported with its line and column, even long after reading. The readers make sure that
/// no key appears twice in an object.
public struct Document: Sendable {
  /// What is written there.
  public enum Value: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([Document])
    case object([Member])
  }

  /// A key and its value.
  public struct Member: Sendable {
    public let key: String
    public let keyLine: Int
    public let keyColumn: Int
    public let value: Document

    public init(key: String, keyLine: Int, keyColumn: Int, value: Document) {
      self.key = key
      self.keyLine = keyLine
      self.keyColumn = keyColumn
      self.value = value
    }
  }

  public let value: Value
  /// The line where it starts, from 1.
  public var line: Int { Int(place.line) }
  /// The column where it starts, from 1, counting Unicode scalars.
  public var column: Int { Int(place.column & Self.columns) }
  /// Whether it is a number that was written without point and exponent: `1` and not `1.0`.
  ///
  /// To us they are the same number. To a chat template, which is a kind of Python, they are not.
  public var isWhole: Bool { place.column > Self.columns }
  // Half the width saves a fifth of the memory of a large file, and with it of the time to read it.
  private let place: (line: UInt32, column: UInt32)
  // The column's first bit says whether the number is whole.
  private static let columns = UInt32.max >> 1

  public init(_ value: Value, line: Int, column: Int, isWhole: Bool = false) {
    self.value = value
    place = (
      UInt32(clamping: line), min(UInt32(clamping: column), Self.columns) | (isWhole ? Self.columns + 1 : 0)
    )
  }
}

/// An error in a file, with its place.
public struct DocumentError: Error, Equatable, CustomStringConvertible {
  public let line: Int
  public let column: Int
  public let message: String

  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// `line:column: message`, to be preceded by the file’s name and a colon.
  public var description: String { "\(line):\(column): \(message)" }
}

// What a value must be. `what` names it in the error: “beta must be a number, found the string 'high'”.
extension Document {
  /// The value as a text.
  public func string(_ what: String = "the value") throws(DocumentError) -> String {
    guard case .string(let text) = value else { throw expected("a string", what) }
    return text
  }

  /// The value as a finite number.
  public func number(_ what: String = "the value") throws(DocumentError) -> Double {
    guard case .number(let number) = value else { throw expected("a number", what) }
    guard number.isFinite else { throw expected("a finite number", what) }
    return number
  }

  /// The value as a whole number, up to the size to which a double holds every one of them.
  public func integer(_ what: String = "the value") throws(DocumentError) -> Int {
    // `Int(exactly: Double)` would need the C library’s `trunc`.
    guard case .number(let number) = value, number.magnitude <= 0x1p53, number == Double(Int64(number)),
      let integer = Int(exactly: Int64(number))
    else { throw expected("a whole number", what) }
    return integer
  }

  /// The value as true or false.
  public func bool(_ what: String = "the value") throws(DocumentError) -> Bool {
    guard case .bool(let bool) = value else { throw expected("true or false", what) }
    return bool
  }

  /// The value as a list's elements.
  public func list(_ what: String = "the value") throws(DocumentError) -> [Document] {
    guard case .list(let list) = value else { throw expected("a list", what) }
    return list
  }

  /// The value as an object's members, whose errors name it by `what`.
  public func object(_ what: String = "the value") throws(DocumentError) -> Fields {
    guard case .object(let members) = value else { throw expected("an object", what) }
    return Fields(members: members, what: what, document: self)
  }

  /// Whether it is `null`, which stands for nothing in JSON and YAML alike.
  public var isNull: Bool { if case .null = value { true } else { false } }

  /// An error at this place, for what only the caller can check.
  public func error(_ message: String) -> DocumentError { DocumentError(line: line, column: column, message: message) }

  private func expected(_ kind: String, _ what: String) -> DocumentError {
    error("\(what) must be \(kind), found \(found)")
  }

  private var found: String {
    switch value {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .number(let number): number.isFinite ? "the number \(NumberText.full(number))" : NumberText.full(number)
    case .string(let text): text.count <= 40 ? "the string '\(text)'" : "the string '\(text.prefix(39))…'"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

/// The members of an object, to be asked for by key.
public struct Fields: Sendable {
  /// The members in the file’s order.
  public let members: [Document.Member]
  let what: String
  let document: Document

  /// The value of a key that must be there.
  public func required(_ key: String) throws(DocumentError) -> Document {
    if let member = members.first(where: { $0.key == key }) { return member.value }
    throw document.error("\(what) needs the key '\(key)'")
  }

  /// The value of a key; nil when it is missing or `null`.
  public func optional(_ key: String) -> Document? {
    guard let value = members.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
    return value
  }

  /// Refuses the first key which is not among those allowed, naming the one that was probably meant.
  public func rejectUnknown(allowed: [String]) throws(DocumentError) {
    guard let unknown = members.first(where: { !allowed.contains($0.key) }) else { return }
    if allowed.isEmpty {
      throw DocumentError(
        line: unknown.keyLine, column: unknown.keyColumn,
        message: "unknown key '\(unknown.key)' in \(what), which has no keys here")
    }
    let hint =
      nearestNames(to: unknown.key, among: allowed, limit: 1).first.map { "did you mean '\($0)'?" }
      ?? "the keys are: \(allowed.joined(separator: ", "))"
    throw DocumentError(
      line: unknown.keyLine, column: unknown.keyColumn, message: "unknown key '\(unknown.key)' in \(what); \(hint)")
  }
}

/// The members of an object that is being read, refusing a key’s second appearance.
public struct UniqueMembers {
  public private(set) var members: [Document.Member] = []
  // Only once there are many: comparing a few keys is faster than hashing them.
  private var keys: Set<String> = []

  public init() {}

  /// Adds a member, or reports where its key stood first.
  public mutating func append(_ member: Document.Member) throws(DocumentError) {
    // Swift's strings are equal when they are canonically equivalent. A vocabulary may well hold both forms of `é`, so
    // this only finds candidates, and the bytes decide.
    let isCandidate: Bool
    if members.count < 8 {
      isCandidate = true
    } else {
      if keys.isEmpty { for member in members { keys.insert(member.key) } }
      isCandidate = !keys.insert(member.key).inserted
    }
    if isCandidate, let first = members.first(where: { $0.key.utf8.elementsEqual(member.key.utf8) }) {
      throw DocumentError(
        line: member.keyLine, column: member.keyColumn,
        message: "the key '\(member.key)' appears twice, first at \(first.keyLine):\(first.keyColumn)")
    }
    members.append(member)
  }
}
