import Documents
import Recording
import Reporting

/// A value, printed under the text that asked for it.
struct Answer {
  let question: String
  /// Nil if it is not recorded yet.
  let value: ExpressionValue?
  /// Where it comes from, if it was recorded before the position.
  var note: String?

  /// One object; a wildcard's answer is an object in it, from term to number.
  ///
  /// JSON has neither NaN nor infinities: they are null, and `not_finite` names them, where there is one.
  static func json(_ answers: [Answer]) -> String {
    var json = JSONWriter()
    json.beginObject()
    var seen: Set<String> = []
    for answer in answers where seen.insert(answer.question).inserted {
      json.key(answer.question)
      switch answer.value {
      case .number(let number): json.number(number)
      case .list(let elements):
        json.beginObject()
        for element in elements {
          json.key(element.name)
          json.number(element.value)
        }
        json.endObject()
      case nil: json.null()
      }
    }
    let exceptions = notFinite(answers)
    if !exceptions.isEmpty {
      json.key("not_finite")
      json.beginObject()
      for exception in exceptions {
        json.key(exception.name)
        json.string(NumberText.full(exception.value))
      }
      json.endObject()
    }
    json.endObject()
    return json.text
  }

  /// The numbers that are NaN or infinite, each once.
  static func notFinite(_ answers: [Answer]) -> [(name: String, value: Double)] {
    var seen: Set<String> = []
    return answers.flatMap { $0.rows }.filter { !$0.value.isFinite && seen.insert($0.name).inserted }
      .map { ($0.name, $0.value) }
  }

  /// A line for each number.
  static func text(_ answers: [Answer]) -> String {
    let rows = answers.flatMap { $0.rows }
    let width = rows.map { NumberText.width($0.name) }.max() ?? 0
    let numbers = NumberText.column(rows.map { $0.value })
    return zip(rows, numbers).map { row, number in
      "\(NumberText.alignedLeft(row.name, to: width))  \(number)\(row.note.map { "   (\($0))" } ?? "")\n"
    }.joined()
  }

  /// A list's note stands after its first number.
  private var rows: [(name: String, value: Double, note: String?)] {
    switch value {
    case .number(let number): [(question, number, note)]
    case .list(let elements): elements.enumerated().map { ($1.name, $1.value, $0 == 0 ? note : nil) }
    case nil: []
    }
  }
}

extension Trace {
  /// The answers where nothing was asked: terms without an index, such as losses, and what trainers log.
  func summary(at beat: Int) -> [Answer] {
    glossary.entries.indices.flatMap { name in
      let entry = glossary.entries[name]
      let metrics = entry.name == "metric" ? entry.labels.first??.indices : nil
      let keys = metrics.map { $0.map { TermKey(name: name, i: $0) } } ?? [TermKey(name: name)]
      return keys.compactMap { key in
        term(key, at: beat).map {
          Answer(question: text($0), value: .number(value($0)), note: originNote(of: $0, at: beat))
        }
      }
    }
  }
}

extension NumberText {
  /// Short texts of numbers with their decimal points below each other.
  fileprivate static func column(_ numbers: [Double]) -> [String] {
    let texts = numbers.map { short($0) }
    func integerWidth(_ text: String) -> Int { text.prefix { $0 != "." && $0 != "e" }.count }
    let width = texts.map(integerWidth).max() ?? 0
    return texts.map { String(repeating: " ", count: width - integerWidth($0)) + $0 }
  }
}
