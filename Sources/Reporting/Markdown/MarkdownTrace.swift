import Objectives
import Plots
public import Recording
public import Simulation

/// A picture that was written beside the document.
public struct DiagramReference: Sendable {
  /// The stage that it shows; nil for one of the whole run.
  public let stage: String?
  public let title: String
  /// The path from the document.
  public let file: String

  public init(stage: String?, title: String, file: String) {
    self.stage = stage
    self.title = title
    self.file = file
  }
}

/// A recording as one Markdown document, to be read on GitHub or handed out in class.
///
/// One iteration, the second if there is one, is shown stage by stage, with each formula in general and with the numbers of
/// one token, and a table of all tokens; the rest is summed up.
public struct MarkdownTrace {
  let trace: Trace
  let source: Source
  let diagrams: [DiagramReference]
  let gradients: TermGradients
  /// The minibatch that is shown token by token: the last of the iteration that is shown, when the ratios have left 1.
  let shown: Trace.LoopPosition
  let selection: TokenSelection
  /// The stages that are shown; nil for all.
  let stages: [String]?
  var page = MarkdownPage()

  /// - Parameters:
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - diagrams: Pictures that were written beside the document.
  ///   - stages: The names of those that are shown; nil for the whole run.
  public static func document(
    _ trace: Trace, source: Source, diagrams: [DiagramReference], stages: [String]? = nil
  ) -> String {
    var document = MarkdownTrace(trace, source: source, diagrams: diagrams, stages: stages)
    document.write()
    return document.page.text + "\n"
  }

  private init(_ trace: Trace, source: Source, diagrams: [DiagramReference], stages: [String]?) {
    self.trace = trace
    self.stages = stages
    self.source = source
    self.diagrams = diagrams
    gradients = TermGradients(trace)
    shown = Self.shownMinibatch(of: trace)
    selection = TokenSelection(trace, gradients: gradients, shown: shown)
  }

  /// The last minibatch of the iteration that is told in full.
  static func shownMinibatch(of trace: Trace) -> Trace.LoopPosition {
    let iteration = shownIteration(of: trace)
    return trace.stages.last { $0.loops.iteration == iteration && $0.loops.minibatch != nil }?.loops
      ?? Trace.LoopPosition(iteration: iteration)
  }

  /// The second iteration, if there is one: in the first, the policy still is the reference, and the critic knows nothing.
  public static func shownIteration(of trace: Trace) -> Int {
    trace.stages.contains { $0.loops.iteration == 1 && $0.loops.minibatch != nil } ? 1 : 0
  }

  var shownIteration: Int { shown.iteration ?? 0 }

  private mutating func write() {
    let parts = stageParts
    page.heading(1, Markdown.text(source.title))
    writeIntroduction()
    if stages == nil {
      writeContents(parts)
      writeWorld()
      writeSettings()
    }
    for part in parts {
      page.heading(2, part.title)
      if part.isIteration { writeIterationIntroduction() }
      for section in part.sections { writeStage(section) }
    }
    if stages == nil {
      writeOtherMinibatches()
      writeIterations()
    }
  }

  // MARK: Introduction

  private mutating func writeIntroduction() {
    let settings = source.settings
    switch source {
    case .scenario(let scenario):
      page.paragraph(
        "One run of " + Markdown.code(scenario.name) + " with seed \(scenario.seed): " + extent + ". "
          + "Every number on this page was recorded in that run, and every sentence and every formula with numbers is read "
          + "off the recording.")
    case .batch(_, let name):
      page.paragraph(
        "One step of a trainer, replayed from " + Markdown.code(name) + ": "
          + recordedExtent + ". Every "
          + "number on this page was read from that file or computed from it, and every sentence and every formula with "
          + "numbers is read off the computation.")
    }
    page.paragraph(source.algorithm.story(settings))
    page.paragraph([naming, marks].compactMap { $0 }.joined(separator: " "))
    writeDiagrams(of: nil)
  }

  /// How terms are typed, by one of this recording.
  private var naming: String? {
    let candidates: [Quantity] = [.ratio, .chosenLogp, .logp]
    guard let quantity = candidates.first(where: { trace.isRecorded($0) }) else { return nil }
    let name = trace.glossary.entries[quantity.rawValue].name
    let words = trace.words
    return "Terms are named as one types them in the debugger: `\(name)[1,2]` is the `\(name)` of "
      + "\(words.step) 2 of \(words.example) 1, both counted from 0; `sg(x)` in a formula is x without its gradient."
  }

  /// The marks that the page's tables have.
  private var marks: String? {
    var marks: [String] = []
    if trace.isRecorded(.advantage) {
      // What is still to be scaled or whitened promises nothing.
      let isPlain = !trace.isRecorded(.rawAdvantage)
      marks.append("\(Mark.positive.symbol) is a positive advantage" + (isPlain ? " (\(Mark.positive.meaning))" : ""))
      marks.append("\(Mark.negative.symbol) a negative one" + (isPlain ? " (\(Mark.negative.meaning))" : ""))
    }
    let clips: [Quantity] = [
      .clippedRatio, .clippedLogRatio, .clippedSequenceRatio, .boundedSequenceRatio, .clippedValue,
    ]
    if clips.contains(where: { trace.isRecorded($0) }) {
      marks.append("\(Mark.clipped.symbol) a place where a clip lets no gradient pass")
    }
    return marks.isEmpty ? nil : "Marks: " + marks.joined(separator: ", ") + "."
  }

  /// How much a trainer recorded.
  private var recordedExtent: String {
    if trace.rejectedTokens.isEmpty {
      var tokens = selection.tokenCount
      if case .batch(let batch, _) = source, !batch.contents.sampled.isEmpty {
        // Those too that the update does not learn from.
        tokens = batch.contents.sampled.reduce(0) { $0 + max($1.tokens.count, $1.oldLogp.count) }
      }
      return Self.count(trace.prompts.count, "response") + " with " + Self.count(tokens, "token")
    }
    let tokens = (trace.givenTokens + trace.rejectedTokens).reduce(0) { $0 + $1.count }
    return Self.count(trace.prompts.count, "pair") + " with " + Self.count(tokens, "token")
  }

  /// How much is learned from, and how often.
  private var extent: String {
    func integer(_ role: Algorithm.Role) -> Int {
      source.algorithm.option(role).map { source.settings.integer($0) } ?? 0
    }
    if learnsFromExamples {
      return Self.count(integer(.epochs), "epoch") + " of " + trace.words.examples(trace.prompts.count)
        + ", at most \(integer(.batchSize)) in a minibatch"
    }
    return Self.count(integer(.iterations), "iteration") + " of " + trace.words.examples(integer(.batchSize))
      + ", each learned from in " + Self.count(integer(.epochs), "epoch") + " of "
      + Self.count(integer(.minibatches), "minibatch", plural: "minibatches")
  }

  /// Whether the run samples nothing.
  var learnsFromExamples: Bool { !source.algorithm.samples }

  mutating func writeDiagrams(of stage: String?) {
    for diagram in diagrams where diagram.stage == stage {
      let title = Markdown.text(diagram.title)
      page.paragraph("![" + title + "](" + Self.link(diagram.file) + ")")
    }
  }

  /// A path that ends no link.
  private static func link(_ path: String) -> String {
    var result = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"):
        result += "%" + String(byte, radix: 16)
      default: result.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return result
  }

  private mutating func writeContents(_ parts: [StagePart]) {
    page.heading(2, "Contents")
    var items: [String] = []
    if case .scenario = source { items.append(Self.link(to: "The world")) }
    if !source.options.isEmpty { items.append(Self.link(to: "Settings")) }
    for part in parts {
      let stages = part.sections.map { Self.link(to: $0.title) }
      items.append(Self.link(to: part.title) + ": " + stages.joined(separator: " · "))
    }
    if hasOtherMinibatches { items.append(Self.link(to: minibatchesTitle)) }
    if iterations.count > 1 { items.append(Self.link(to: Self.iterationsTitle)) }
    page.list(items)
  }

  var minibatchesTitle: String { "The minibatches of iteration \(shownIteration)" }
  static let iterationsTitle = "All iterations"

  private static func link(to heading: String) -> String { "[" + heading + "](#" + Markdown.anchor(heading) + ")" }

  static func count(_ n: Int, _ noun: String, plural: String? = nil) -> String {
    n == 1 ? "one \(noun)" : "\(n) \(plural ?? noun + "s")"
  }
}
