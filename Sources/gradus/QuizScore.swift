import Documents
import Formats
import Foundation
import Quiz

/// What was answered in all quizzes so far, kind by kind, in a file of the state folder.
///
/// It has no influence on which questions are asked, so that a seed repeats them.
struct QuizScore {
  struct Row {
    let kind: String
    var right: Int
    var answered: Int
  }

  private(set) var rows: [Row] = []

  var right: Int { rows.reduce(0) { $0 + $1.right } }
  var answered: Int { rows.reduce(0) { $0 + $1.answered } }

  /// Adds the answers to the file and returns the totals; nil if no score can be kept.
  ///
  /// A file that cannot be understood is reported and left as it is.
  static func keep(_ tallies: [AdaptiveQuiz.Tally], in path: String? = StateFolder.file("quiz.json")) -> QuizScore? {
    guard let path else { return nil }
    do {
      var score = try QuizScore(file: path)
      score.add(tallies)
      StateFolder.makeFolder(of: path)
      try OutputFile.write(score.json + "\n", to: path)
      return score
    } catch let error as CommandError {
      error.report()
    } catch {
      Output.complain("\(path): the score is not kept: \(error)")
    }
    return nil
  }

  /// Reads a score; without a file, nothing has been answered yet.
  private init(file path: String) throws {
    guard let document = try StateFolder.document(at: path) else { return }
    do throws(DocumentError) {
      rows = try Self.rows(document)
    } catch {
      throw StateFolder.damaged(path, error)
    }
  }

  private static func rows(_ document: Document) throws(DocumentError) -> [Row] {
    let fields = try document.object("the score")
    let format = try fields.required("format")
    guard try format.string("format") == "gradus.quiz/1" else { throw format.error("format must be 'gradus.quiz/1'") }
    var rows: [Row] = []
    for member in try fields.required("kinds").object("kinds").members {
      let counts = try member.value.object(member.key)
      let right = try counts.required("right").integer("right")
      let answered = try counts.required("answered").integer("answered")
      guard right >= 0, answered >= right else {
        throw member.value.error("'right' must be from 0 to 'answered'")
      }
      rows.append(Row(kind: member.key, right: right, answered: answered))
    }
    return rows
  }

  private mutating func add(_ tallies: [AdaptiveQuiz.Tally]) {
    for tally in tallies {
      if let index = rows.firstIndex(where: { $0.kind == tally.kind }) {
        rows[index].right += tally.right
        rows[index].answered += tally.answered
      } else {
        rows.append(Row(kind: tally.kind, right: tally.right, answered: tally.answered))
      }
    }
  }

  private var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("format")
    json.string("gradus.quiz/1")
    json.key("kinds")
    json.beginObject()
    for row in rows {
      json.key(row.kind)
      json.beginObject()
      json.key("right")
      json.integer(row.right)
      json.key("answered")
      json.integer(row.answered)
      json.endObject()
    }
    json.endObject()
    json.endObject()
    return json.text
  }
}
