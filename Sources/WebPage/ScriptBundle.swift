/// One script made of modules, which a page can hold within itself.
///
/// The modules use so little of JavaScript that removing their `import` lines and the word `export` is enough. Anything that
/// this would get wrong is an error. Lines that are comments, blank lines and indentation, a fifth of the whole, stay behind.
public enum ScriptBundle {
  /// The script.
  ///
  /// - Parameter modules: Each after those that it imports.
  /// - Throws: A ``PageError`` that names file and line, if a module uses more of JavaScript than this understands, or if a
  ///   name is given twice.
  public static func script(of modules: [PageFile]) throws(PageError) -> String {
    var bundle = Bundle()
    for module in modules { try bundle.append(module) }
    return bundle.text
  }

  private struct Bundle {
    var text = ""
    /// What each module so far exports.
    var exports: [String: Set<String>] = [:]
    /// Where each top-level name is declared.
    var places: [String: String] = [:]

    mutating func append(_ module: PageFile) throws(PageError) {
      exports[module.name] = []
      text += "// \(module.name)\n"
      for (number, line) in zip(1..., module.text.split(separator: "\n", omittingEmptySubsequences: false)) {
        let place = Place(file: module.name, line: number)
        try place.check(line)
        if line.hasPrefix("import ") || line.hasPrefix("import{") {
          try dropImport(line, at: place)
        } else {
          let kept = try declared(line, at: place)
          if let kept = trim(kept) { text += kept + "\n" }
        }
      }
      if isText || isComment {
        throw PageError(
          "page/modules/\(module.name): a text between backticks, or a comment, has no end; write \\u0060 for one")
      }
    }

    /// Whether the lines that follow are within a text of several lines, or within a comment of several lines.
    private var (isText, isComment) = (false, false)

    /// A line without its indentation; nil where it is blank or nothing but a comment. What is within a text stays as it is.
    private mutating func trim(_ line: Substring) -> Substring? {
      if isText {
        if line.isHalfOfText { isText = false }
        return line
      }
      let trimmed = line.drop { $0 == " " }
      if isComment || trimmed.hasPrefix("/**") {
        isComment = !trimmed.hasSuffix("*/")
        return nil
      }
      if trimmed.isEmpty || trimmed.hasPrefix("//") { return nil }
      isText = line.isHalfOfText
      return trimmed
    }

    private func dropImport(_ line: Substring, at place: Place) throws(PageError) {
      guard let match = line.wholeMatch(of: /import \{ ([\w$]+(?:, [\w$]+)*),? \} from "\.\/([\w.-]+\.js)";?\s*/) else {
        throw place.error("an import must be one line like  import { a, b } from \"./x.js\";")
      }
      let file = String(match.2)
      guard let exported = exports[file], file != place.file else {
        throw place.error(
          "\(file) is not among the modules before this one; their order is that of Sources/CEmbedded/page.c")
      }
      for name in match.1.split(separator: ", ") where !exported.contains(String(name)) {
        throw place.error("\(file) exports no \(name)")
      }
    }

    /// The beginnings of lines that declare or export a name: a fast check, since most lines do neither.
    private static let declaring = ["export", "async ", "function", "class ", "const ", "let ", "var "]

    /// A line without the word `export`; notes the name that it declares, if it does.
    private mutating func declared(_ line: Substring, at place: Place) throws(PageError) -> Substring {
      guard Self.declaring.contains(where: { line.hasPrefix($0) }) else { return line }
      let isExported = line.hasPrefix("export ")
      let rest = isExported ? line.dropFirst("export ".count) : line
      let declaration = /(?:async function\*? ?|function\*? ?|class |const |let |var )(?<name>[\w$]*).*/
      guard let match = rest.wholeMatch(of: declaration) else {
        if line.hasPrefix("export") {
          throw place.error("only a function, a class or a const, let or var can be exported, where it is declared")
        }
        return line
      }
      let name = String(match.name)
      if name.isEmpty { throw place.error("a module declares its names one by one") }
      if let first = places.updateValue(place.text, forKey: name) {
        throw place.error("the name \(name) is given twice, first at \(first)")
      }
      if isExported { exports[place.file]?.insert(name) }
      return rest
    }
  }

  private struct Place {
    let file: String
    let line: Int

    var text: String { "page/modules/\(file):\(line)" }

    func error(_ message: String) -> PageError { PageError("\(text): \(message)") }

    /// Refuses whatever would end the script's element, or be changed by a parser, and other forms of import.
    func check(_ line: Substring) throws(PageError) {
      if line.utf8.contains(where: { $0 == UInt8(ascii: "\r") || $0 == 0 }) {
        throw error(
          "a carriage return or NUL would not reach the browser as it is, and the script's hash would be wrong")
      }
      if line.utf8.contains(UInt8(ascii: "<")), let match = line.firstMatch(of: /(?i)<\/?script|<!--/) {
        throw error(
          "'\(match.0)' cannot stand in a page's script: write '\(match.0.prefix(1))' + '\(match.0.dropFirst())'")
      }
      if line.contains("import"), line.contains(/\bimport\s*[(.]/) {
        throw error("import() and import.meta do not work in a single file")
      }
    }
  }
}

extension Substring {
  /// Whether a text between backticks begins or ends in the line, and goes on in another.
  fileprivate var isHalfOfText: Bool { utf8.count { $0 == UInt8(ascii: "`") } % 2 == 1 }
}
