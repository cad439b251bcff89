import Diagnosis
public import Documents
import Objectives
public import Plots
import Quiz
public import Recording
public import Reporting
public import Simulation

/// A debugger's session: a recording, a position in it, and commands as text in, text out.
///
/// It knows no terminal and no files: what should be written is in the reply.
public struct Session {
  /// The source as it is now, with every option that was set.
  public internal(set) var source: Source
  /// What `set` has put in place of computed numbers.
  var overrides: [Override] = []
  public internal(set) var trace: Trace
  public internal(set) var position = Position.opening {
    didSet { chosenPlace = nil }
  }
  /// Where the reader went last, when a what-if has moved the position since: the next one begins from there, so that
  /// taking back a change leads back. Nil where the position is the reader's own.
  private(set) var chosenPlace: Place?
  public internal(set) var isFinished = false

  /// The source and the recording before any what-if.
  let originalSource: Source
  let original: Trace
  var breakpoints: [Breakpoint] = []
  var watches: [Watch] = []
  /// What `let` has given names to.
  var names: [NamedExpression] = []
  /// The last stepping command, for an empty line.
  var repeated = Command.next.rawValue
  var quiz: QuizQuestion?
  var quizLevel = 1
  var quizCount = 0
  /// How `open` finds a source.
  let opening: SourceOpening

  struct Breakpoint {
    let number: Int
    let text: String
    let condition: Expression
  }

  struct Watch {
    let number: Int
    let text: String
    let expression: Expression
    /// What it was when last shown.
    var last: [(name: String, value: Double)]
  }

  public init(source: Source, opening: @escaping SourceOpening = Session.builtIn) {
    self.source = source
    self.opening = opening
    originalSource = source
    trace = source.record()
    original = trace
  }

  /// Puts another recording in place of the one that is open, and stays where the reader was, as far as it has that place.
  mutating func replace(trace: Trace) {
    let place = chosenPlace ?? Place(position, in: self.trace)
    self.trace = trace
    position = place.find(in: trace)
    chosenPlace = place
  }

  /// The beat as of which numbers are known: an overview sees all of its stage.
  public var beat: Int { position.asOf(in: trace) }

  /// The beat to show where there are no overviews: of one, the beat that follows it.
  public var shownBeat: Int { position.opens(in: trace) }

  /// The beat that one looks at: of an overview, the one that it names.
  public var tellingBeat: Int {
    if case .overview(let stage) = position { StageOverview(of: stage, in: trace).telling.beat } else { shownBeat }
  }

  /// The position, as `goto` takes it.
  public var prompt: String {
    switch position {
    case .opening: "(gradus start) "
    case .overview(let stage): "(gradus \(trace.placeText(of: trace.stages[stage]))) "
    case .beat(let beat): "(gradus \(beat)) "
    }
  }

  /// Runs one command; one that begins with `#` is a comment.
  ///
  /// An empty line goes from an overview to the row that it names; elsewhere it repeats the last stepping command.
  public mutating func run(_ line: String) -> Reply {
    let trimmed = line.trimmed
    if trimmed.hasPrefix("#") { return Reply(StyledText()) }
    if trimmed.isEmpty, case .overview(let stage) = position {
      return arrive(at: .beat(StageOverview(of: stage, in: trace).telling.beat))
    }
    let words = trimmed.isEmpty ? repeated : trimmed
    let name = String(words.prefix { $0 != " " && $0 != "\t" })
    let rest = String(words.dropFirst(name.count)).trimmed
    guard let command = Command.named(name) else { return .failure(Command.unknown(name)) }
    if command.repeats { repeated = words }
    do throws(ExpressionError) {
      return try perform(command, rest)
    } catch {
      return .failure(error.message)
    }
  }

  private mutating func perform(_ command: Command, _ rest: String) throws(ExpressionError) -> Reply {
    switch command {
    case .step: try step(by: try count(rest))
    case .back: try step(by: -(try count(rest)))
    case .next: try moveStage(by: try count(rest))
    case .previous: try moveStage(by: -(try count(rest)))
    case .continue: try run(forward: true)
    case .reverseContinue: try run(forward: false)
    case .goto: try goTo(rest)
    case .break: try setBreakpoint(rest)
    case .delete: try delete(rest)
    case .watch: try watch(rest)
    case .print: try print(rest)
    case .let: try name(rest)
    case .explain: try explain(rest)
    case .why: try why(rest)
    case .verify: Reply(Explanation(trace: trace, beat: beat).verify(try termWithGradient(rest)))
    case .doctor: try doctor(rest)
    case .list: Reply(list(isWhole: rest == "all"))
    case .where: Reply(whereAmI())
    case .show: try show(rest)
    case .set: try set(rest)
    case .reset: reset()
    case .diff: Reply(Comparison(original, trace).text())
    case .vary: try vary(rest)
    case .diagram: try diagram(rest)
    case .plot: try plot(rest)
    case .trace: try writeTrace(rest)
    case .open: try open(rest)
    case .quiz: try askQuestion()
    case .answer: try answerQuestion(rest)
    case .help: try help(rest)
    case .quit: quit()
    }
  }

  /// Lists the puzzles that the recording shows, or tells of one.
  private func doctor(_ name: String) throws(ExpressionError) -> Reply {
    let report = DoctorReport(of: source, recorded: trace)
    return Reply(name.isEmpty ? report.overview : try report.finding(named: name).text)
  }

  private mutating func quit() -> Reply {
    isFinished = true
    return Reply(StyledText())
  }

  /// Reads an expression, in which the names given by `let` may stand.
  func expression(_ text: String) throws(ExpressionError) -> Expression {
    try Expression(parsing: text, glossary: trace.glossary, names: names)
  }

  /// The terms that an expression has at the position; none where it cannot be read.
  public func terms(of expression: String) -> [Int] {
    do throws(ExpressionError) {
      return try self.expression(expression).terms(in: trace, at: beat)
    } catch {
      return []
    }
  }

  /// The value of an expression at the position; it must be one number.
  public func number(_ expression: String) throws(ExpressionError) -> Double {
    guard case .number(let value) = try self.expression(expression).evaluate(in: trace, at: beat) else {
      throw ExpressionError("\(expression) is not one number")
    }
    return value
  }

  private func count(_ text: String) throws(ExpressionError) -> Int {
    if text.isEmpty { return 1 }
    guard let count = Int(text), count > 0 else {
      throw ExpressionError("«\(text)» is not a number of steps: a whole number from 1")
    }
    return count
  }

  /// The term that the user named, as of the position; one that comes later is found too.
  func term(_ text: String) throws(ExpressionError) -> Int {
    let key = try key(text)
    if let term = trace.term(key, at: beat) ?? trace.occurrences(of: key).first { return term }
    throw trace.unrecorded(trace.glossary.text(key), name: key.name)
  }

  func key(_ text: String) throws(ExpressionError) -> TermKey {
    guard !text.isEmpty else {
      throw ExpressionError("name a term, such as ratio[0,0]; `list` shows those of this beat")
    }
    do throws(TermTextError) {
      return try trace.glossary.key(parsing: text)
    } catch {
      throw ExpressionError(error.message)
    }
  }

  /// The term whose gradient is asked for; `grad(x)` and `x` mean the same here.
  func termWithGradient(_ text: String) throws(ExpressionError) -> Int {
    let isWrapped = text.utf8.starts(with: "grad(".utf8) && text.utf8.last == UInt8(ascii: ")")
    let term = try term(isWrapped ? String(text.dropFirst(5).dropLast()) : text)
    return trace.occurrenceWithGradient(of: term, at: beat)
  }
}

/// What a command answers.
public struct Reply: Sendable {
  public let text: StyledText
  public let isError: Bool
  /// What the session wants written; whoever runs it does so.
  public let files: [FileRequest]
  /// The terms that were asked about by name, of the recording that is open afterwards.
  public let terms: [Int]

  init(_ text: StyledText, files: [FileRequest] = [], about terms: [Int] = []) {
    self.text = text
    isError = false
    self.files = files
    self.terms = terms
  }

  private init(failure: String) {
    text = StyledText(failure + "\n", .error)
    isError = true
    files = []
    terms = []
  }

  static func failure(_ message: String) -> Reply { Reply(failure: message) }
}

/// A file that a command asks for.
public enum FileRequest: Sendable {
  /// A diagram to draw; the path's ending says how. Where pictures can be shown, only one that the user named needs a file.
  case diagram(dot: String, path: String, isNamed: Bool)
  /// A plot to draw; the path's ending says how.
  case plot(Plot, path: String)
  case text(String, path: String)
}
