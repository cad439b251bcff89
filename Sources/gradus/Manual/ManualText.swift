/// The text of a manual page, in the macros of man(7), which every `man` knows.
struct ManualText {
  private(set) var text: String

  /// Begins a page, in which no word is hyphenated: at a line's end a hyphen would look like part of a command.
  init(page name: String, section: Int = 1) {
    text = """
      .nr HY 0
      .TH \(Self.quoted(name.uppercased())) \(section) \(Version.date) \(Self.quoted("Gradus \(Version.number)")) \
      "Gradus Manual"
      .ad l

      """
  }

  mutating func section(_ title: String) { macro("SH", title) }

  mutating func subsection(_ title: String) { macro("SS", title) }

  /// `NAME`: the line that whatis and apropos know.
  mutating func name(_ name: String, _ purpose: String) {
    section("NAME")
    line("\(Self.escaped(name)) \\- \(Self.escaped(purpose))")
  }

  /// How a command is called, with what is typed as it stands in bold and what is to be replaced in italics.
  mutating func synopsis(_ form: String, command: String) {
    text += ".SY \(Self.quoted(command))\n"
    let rest = form.hasPrefix(command) ? String(form.dropFirst(command.count)) : form
    line(Self.styled(rest.split(separator: " ").joined(separator: " ")))
    text += ".YS\n"
  }

  /// Text as a command's help has it: empty lines between paragraphs, indented lines as they stand.
  mutating func paragraphs(_ source: String) {
    var isFirst = true
    var isWithin = false
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy({ $0 == " " }) {
        isWithin = false
      } else if line.hasPrefix("  ") {
        if !isWithin { text += ".PP\n" }
        literal(String(line.drop { $0 == " " }))
        isWithin = true
      } else {
        text += isWithin ? ".br\n" : isFirst ? "" : ".PP\n"
        self.line(Self.prose(String(line)))
        isWithin = true
      }
      isFirst = false
    }
  }

  /// A line that is typed or printed so.
  mutating func literal(_ line: String) { text += ".RS 4\n.EX\n\(Self.protected(Self.escaped(line)))\n.EE\n.RE\n" }

  /// A term and what it means.
  mutating func item(_ term: String, _ meaning: String) {
    text += ".TP\n"
    line(term)
    line(Self.prose(meaning))
  }

  /// Goes on with what an item means, on a line of its own.
  mutating func continued(_ prose: String) {
    text += ".br\n"
    line(Self.prose(prose))
  }

  // MARK: - Escaping

  private mutating func macro(_ name: String, _ argument: String) { text += ".\(name) \(Self.quoted(argument))\n" }

  private mutating func line(_ escaped: String) { text += Self.protected(escaped) + "\n" }

  /// A period or an apostrophe at the beginning of a line would make a macro of it.
  private static func protected(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  private static func quoted(_ text: String) -> String { "\"\(escaped(text).replacing("\"", with: "\\(dq"))\"" }

  /// The text as it stands: typed hyphens stay hyphens, and nothing is a command of roff.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      case "-": "\\-"
      case "'": "\\(aq"
      case "`": "\\(ga"
      case "^": "\\(ha"
      case "~": "\\(ti"
      case _ where scalar.value > 126: "\\[u\(hexadecimal(scalar.value))]"
      default: String(scalar)
      }
    }.joined()
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }

  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  /// Sentences, in which `code` is bold.
  private static func prose(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { number, part in
      number % 2 == 1 ? bold(String(part)) : escaped(String(part))
    }.joined()
  }

  /// A usage: brackets and bars stay plain, options are bold, the rest is to be replaced.
  private static func styled(_ usage: String) -> String {
    var result = ""
    var word = ""
    func finished(_ word: String) -> String {
      if word.isEmpty { return "" }
      // What is chosen from is typed as it stands: `svg|png`, `run|check`.
      let isTyped = word.hasPrefix("-") || (word.contains("|") && word == word.lowercased())
      return isTyped ? bold(word) : italic(word)
    }
    for character in usage {
      switch character {
      case " ", "[", "]", "…":
        result += finished(word) + escaped(String(character))
        word = ""
      default: word.append(character)
      }
    }
    return result + finished(word)
  }
}
