import Debugging
import Documents
import Quiz
import Recording
import Reporting

// A scene of a tour: its commands, and what a reader predicts of them.
extension Pane {
  /// Runs commands one after the other; the answer has what each of them said.
  mutating func play(_ request: Request) throws(PlayerError) -> String {
    let lines = try request.strings("lines")
    var replies: [Reply] = []
    for line in lines { replies.append(obey(line)) }
    remember()
    var json = JSONWriter()
    json.beginObject()
    json.member("replies", replies) { reply, json in
      json.key("spans")
      json.beginArray()
      reply.writeSpans(to: &json)
      json.endArray()
      json.member("isError", reply.isError)
    }
    json.member("at", session.shownBeat)
    json.endObject()
    return json.text
  }

  /// Compares a prediction with the recording as it is after some commands, which leave no trace.
  func judge(_ request: Request) throws(PlayerError) -> String {
    var later = session
    for line in try request.strings("lines") {
      let reply = later.run(line)
      if reply.isError { throw PlayerError(reply.text.plain) }
    }
    let expected = try Self.expected(request, in: later)
    let given = try request.string("given")
    let isRight: Bool
    do throws(ExpectedAnswer.Misunderstanding) {
      isRight = try expected.accepts(given)
    } catch {
      throw PlayerError(error.message)
    }
    var json = JSONWriter()
    json.beginObject()
    json.member("isRight", isRight)
    json.member("text", expected.text)
    json.endObject()
    return json.text
  }

  /// The number that an expression has, or the one choice whose condition holds.
  private static func expected(_ request: Request, in session: Session) throws(PlayerError) -> ExpectedAnswer {
    let expression = try request.optionalString("number")
    let choices = expression == nil ? try request.assignments("choices") : []
    var holding: [Int] = []
    do throws(ExpressionError) {
      if let expression { return .number(try session.number(expression)) }
      for (index, choice) in choices.enumerated() where try session.number(choice.text) != 0 { holding.append(index) }
    } catch {
      throw PlayerError(error.message)
    }
    guard holding.count == 1 else { throw PlayerError("\(holding.count) of the \(choices.count) choices hold, not 1") }
    return .choice(right: holding[0], among: choices.map { $0.name })
  }
}
