import Documents
import Foundation
import Recording
import Reporting

/// An expression to be evaluated, and where it was written.
struct Question {
  let text: String
  /// Its place on standard input, nil when it is an argument.
  private var place: (line: Int, column: Int)?

  init(_ text: String) { self.text = text }

  private init(_ text: String, line: Int, column: Int) {
    self.text = text
    place = (line, column)
  }

  /// The keys of a JSON object, the strings of a JSON list, or lines.
  static func readStandardInput() throws -> [Question] {
    let bytes = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
    do throws(DocumentError) {
      switch bytes.first(where: { !" \t\r\n".utf8.contains($0) }) {
      case UInt8(ascii: "{"):
        return try JSONReader.read(bytes).object().members.map {
          Question($0.key, line: $0.keyLine, column: $0.keyColumn)
        }
      case UInt8(ascii: "["):
        var questions: [Question] = []
        for item in try JSONReader.read(bytes).list() {
          questions.append(Question(try item.string("an expression"), line: item.line, column: item.column))
        }
        return questions
      default: return lines(String(decoding: bytes, as: UTF8.self))
      }
    } catch {
      throw CommandError(error, in: "<stdin>")
    }
  }

  private static func lines(_ text: String) -> [Question] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap { number, line in
      line.allSatisfy(\.isWhitespace) ? nil : Question(String(line), line: number + 1, column: 1)
    }
  }

  /// The answer as of a beat.
  ///
  /// - Parameter allowingNull: Whether a term that is only recorded later has no value, instead of being an error.
  func answer(in trace: Trace, at beat: Int, allowingNull: Bool) throws -> Answer {
    do throws(ExpressionError) {
      let expression = try Expression(parsing: text, glossary: trace.glossary)
      do throws(ExpressionError) {
        return Answer(
          question: text, value: try expression.evaluate(in: trace, at: beat),
          note: expression.originNote(in: trace, at: beat))
      } catch {
        let end = trace.beats.count - 1
        guard allowingNull, beat < end, (try? expression.evaluate(in: trace, at: end)) != nil else { throw error }
        return Answer(question: text, value: nil)
      }
    } catch {
      throw failure(error.message + stageHint(in: trace))
    }
  }

  /// A hint where a stage's name was meant as part of a position.
  private func stageHint(in trace: Trace) -> String {
    // A term may have the name of its stage, and is then what was meant.
    guard trace.stages.contains(where: { $0.name == text }), trace.glossary.index(ofName: text) == nil else {
      return ""
    }
    return "; \(text) is a stage: quote a position with a blank, --at '0/0/0 \(text)', or --at \(text)"
  }

  private func failure(_ message: String) -> CommandError {
    guard let place else { return CommandError(.usage, message) }
    return CommandError(DocumentError(line: place.line, column: place.column, message: message), in: "<stdin>")
  }
}
