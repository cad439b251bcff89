public import Documents
import Yams

/// Reads YAML into the same located tree as JSON.
///
/// Plain scalars are resolved by the core schema of YAML 1.2 (chapter 10.3): `off`, `on`, `yes`, `no` and whatever is quoted
/// are text, `1e-3` is a number, and so are `.inf` and `.nan`, which no setting accepts. Anchors and aliases work; the other tags
/// are refused. One file holds one document.
public enum YAMLReader {
  /// Reads a file's bytes, which must be UTF-8.
  public static func read(_ bytes: [UInt8]) throws(DocumentError) -> Document {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw firstInvalid(in: bytes) }
    // A byte order mark, which libyaml takes for text where the encoding is known.
    return try read(text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text)
  }

  public static func read(_ text: String) throws(DocumentError) -> Document {
    let root: Node?
    do {
      // Without rules: Yams would resolve scalars by YAML 1.1, where `no` is false.
      root = try Yams.compose(yaml: text, .basic)
    } catch let error as YamlError {
      throw located(error)
    } catch {
      throw DocumentError(line: 1, column: 1, message: "\(error)")
    }
    guard let root else { return Document(.null, line: 1, column: 1) }
    var converter = Converter()
    return try converter.document(root, depth: 0)
  }

  private static func firstInvalid(in bytes: [UInt8]) -> DocumentError {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let number = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
    // Repairing puts U+FFFD in place of what is invalid. One that the file itself has before that moves the column only.
    let column = String(decoding: lines[number], as: UTF8.self).unicodeScalars.prefix { $0 != "\u{fffd}" }.count + 1
    return DocumentError(line: number + 1, column: column, message: "the file is not valid UTF-8 text")
  }

  private static func located(_ error: YamlError) -> DocumentError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let reason = context.map { "\($0.text) (line \($0.mark.line)): " } ?? ""
      return DocumentError(line: mark.line, column: mark.column, message: reason + problem)
    case .duplicatedKeysInMapping(let keys, let context):
      return DocumentError(
        line: context.mark.line, column: context.mark.column, message: "the key '\(keys.first ?? "")' appears twice")
    case .reader(let problem, let offset, _, let yaml):
      let before = yaml.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
      return DocumentError(line: before.count, column: (before.last?.count ?? 0) + 1, message: problem)
    default: return DocumentError(line: 1, column: 1, message: "\(error)")
    }
  }
}

private struct Converter {
  /// How many values there are, each as often as aliases repeat it: a file of ten lines can ask for a billion.
  private var count = 0

  mutating func document(_ node: Node, depth: Int) throws(DocumentError) -> Document {
    let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
    func error(_ message: String) -> DocumentError { DocumentError(line: line, column: column, message: message) }

    count += 1
    if count > 1_000_000 { throw error("more than a million values, counting what aliases repeat") }
    if depth > 200 { throw error("nested more than 200 levels deep") }

    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain
      switch scalar.tag.rawValue {
      case "tag:yaml.org,2002:str", "!": return Document(.string(scalar.string), line: line, column: column)
      case "":
        let value = isPlain ? resolved(scalar.string) : .string(scalar.string)
        return Document(value, line: line, column: column)
      case let tag: throw error("the tag '\(tag)' is not supported")
      }
    case .sequence(let sequence):
      var elements: [Document] = []
      for element in sequence { elements.append(try document(element, depth: depth + 1)) }
      return Document(.list(elements), line: line, column: column)
    case .mapping(let mapping):
      var unique = UniqueMembers()
      for (key, value) in mapping {
        let (keyLine, keyColumn) = (key.mark?.line ?? line, key.mark?.column ?? column)
        guard case .scalar(let scalar) = key else {
          throw DocumentError(line: keyLine, column: keyColumn, message: "a key must be text, not a list or a mapping")
        }
        let member = Document.Member(
          key: scalar.string, keyLine: keyLine, keyColumn: keyColumn, value: try document(value, depth: depth + 1))
        try unique.append(member)
      }
      return Document(.object(unique.members), line: line, column: column)
    case .alias:
      throw error("an alias without its anchor")
    }
  }

  private func resolved(_ text: String) -> Document.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    default: break
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
      let digits = text.dropFirst(2)
      if digits.first?.isHexDigit == true, let number = UInt64(digits, radix: radix) { return .number(Double(number)) }
    }
    return NumberText.parse(text).map(Document.Value.number) ?? .string(text)
  }
}
