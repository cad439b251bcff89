import Debugging
import Documents
import Plots
import Quiz
import Recording
import Reporting

// A scene of a tour: its commands, and what a reader predicts of them.
extension Pane {
  /// Runs commands one after the other; the answer has what each of them said, and which plot shows what they are about.
  mutating func play(_ request: Request) throws(PlayerError) -> String {
    for line in request.optional("before") == nil ? [] : try request.strings("before") { _ = obey(line) }
    var replies: [Reply] = []
    var named: [Int] = []
    for line in try request.strings("lines") {
      let former = session.trace
      let reply = obey(line)
      named = (session.trace === former ? named : []) + reply.terms
      replies.append(reply)
    }
    remember()
    let question = request.optional("question") == nil ? [] : try request.strings("question")
    let choice = picture(question: question.flatMap { session.terms(of: $0) }, named: named)
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
    json.member("plot", choice?.name)
    json.key("about")
    json.strings((choice?.about ?? []).map { session.trace.glossary.text($0) })
    json.endObject()
    return json.text
  }

  /// The plot that shows what a scene is about.
  private func picture(question: [Int], named: [Int]) -> PlotChoice? {
    PlotSearch(session.trace, source: session.source, at: session.beat, telling: session.tellingBeat)
      .choice(question: question, named: named, isChanged: !baseSettings.isEmpty)
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
