import Documents
import Formulas
import Objectives
import Plots
public import Recording
public import Simulation

extension Handout {
  /// The handout of a recording.
  /// - Parameters:
  ///   - trace: What is shown.
  ///   - source: What it was recorded from.
  ///   - notes: What a speaker may say; of a stage for which there is nothing, what its overview says.
  public init(_ trace: Trace, source: Source, notes: SpeakerNotes = SpeakerNotes()) {
    let maker = HandoutMaker(trace, source, notes)
    title = source.title
    sections = [maker.world, maker.iteration] + maker.steps
  }
}

private struct HandoutMaker {
  let trace: Trace
  let source: Source
  let notes: SpeakerNotes
  let token: TellingToken
  /// The stages of the iteration in which the token is met, each once: those before its minibatch, and the minibatch.
  let stages: [(number: Int, overview: StageOverview)]

  init(_ trace: Trace, _ source: Source, _ notes: SpeakerNotes) {
    let token = TellingToken(trace)
    (self.trace, self.source, self.notes, self.token) = (trace, source, notes, token)
    var seen: [String] = []
    stages = trace.stages.indices.filter { number in
      let run = trace.stages[number]
      guard run.loops.iteration == token.loops.iteration, run.loops.minibatch == nil || run.loops == token.loops,
        !seen.contains(run.name)
      else { return false }
      seen.append(run.name)
      return true
    }.map { (number: $0, overview: StageOverview(of: $0, in: trace)) }
  }

  // MARK: The world

  var world: Handout.Section {
    var section = Handout.Section(title: "The world")
    section.blocks = [
      .paragraph([Handout.Inline](marked: source.algorithm.story(source.settings))),
      .list(WorldFacts(trace, source).rows(examples: 2).map { [.strong($0.0), .text(": " + $0.1)] }),
    ]
    if let (name, plot) = PlotKind.first(of: trace, source: source) {
      let formulas = plot.formulas.map { $0.latex }
      section.blocks.append(.figure(.init(kind: .plot(name), title: plot.title, formulas: formulas)))
    }
    section.notes = notes.world
    return section
  }

  // MARK: One iteration

  var iteration: Handout.Section {
    var section = Handout.Section(title: title)
    section.blocks = [
      .table(
        header: ["Stage", "What it does", "Here"],
        rows: stages.map { number, overview in
          [
            [.code(trace.stages[number].name)], [.text(overview.purpose)],
            overview.remarks.first.map { [.strong($0)] } ?? overview.sentences.first.map { [.text($0)] } ?? [],
          ]
        }),
      .figure(.init(kind: .diagram("pipeline", beat: lastBeat), title: "pipeline")),
    ]
    section.notes = stages.map { $0.overview.purpose }
    return section
  }

  /// What of the run is shown.
  private var title: String {
    let place = token.loops.text
    guard token.loops.iteration != nil, !place.isEmpty else { return "One step" }
    return token.loops.minibatch == nil ? "Iteration \(place)" : "One iteration, with minibatch \(place)"
  }

  private var lastBeat: Int {
    stages.last.map { trace.stages[$0.number].beats.upperBound - 1 } ?? trace.beats.count - 1
  }

  // MARK: One token

  /// The token's way, a section for each stage that says something of it.
  var steps: [Handout.Section] {
    var sections = [introduction]
    sections += stages.compactMap { step(trace.stages[$0.number], $0.number, $0.overview) }
    return sections
  }

  private var introduction: Handout.Section {
    var section = Handout.Section(title: "One \(trace.words.step), through every formula")
    let narrator = Narrator(trace: trace, beat: lastBeat)
    var line: [Handout.Inline] = [
      .text(
        "\(trace.words.step.first.map { $0.uppercased() } ?? "")\(trace.words.step.dropFirst()) \(token.t), "
          + "\(narrator.token(token.i, token.t)), of \(trace.words.example) \(token.i), \(narrator.response(token.i))")
    ]
    let prompt = token.i < trace.prompts.count ? trace.prompts[token.i] : ""
    if !prompt.isEmpty { line += [.text(trace.promptLink), .code(prompt)] }
    line.append(.text("."))
    if let turn = token.turn, let stage = token.stage {
      line += [.text(" In "), .code(trace.placeText(of: trace.stages[stage])), .text(": "), .strong(turn)]
    }
    section.blocks = [.paragraph(line)]
    if let figure { section.blocks.append(.figure(figure)) }
    return section
  }

  /// The stage that shows what happens to the token, if it shows anything.
  private var figure: Handout.Figure? {
    guard let stage = token.stage else { return nil }
    let run = trace.stages[stage]
    let beat = run.beats.last { isOfToken($0) } ?? run.beats.upperBound - 1
    guard Diagrams.shows(run.name, in: trace, at: beat) else { return nil }
    let name = Diagrams.names(for: trace).contains("stage:" + run.name) ? "stage:" + run.name : run.name
    return Handout.Figure(
      kind: .diagram(name, beat: beat), title: trace.placeText(of: run), formulas: formulas(of: run, [beat]))
  }

  private func isOfToken(_ beat: Int) -> Bool {
    let first = trace.beats[beat].terms.lowerBound
    let key = trace.terms[first].key
    guard [.sequence, .pair].contains(trace.quantity(of: first).description.axes.first) else { return false }
    return key.i == token.i && (key.j < 0 || key.j == token.t)
  }

  private func isOfEverybody(_ beat: Int) -> Bool {
    trace.quantity(of: trace.beats[beat].terms.lowerBound).description.axes.isEmpty
  }

  /// Nil where a stage says nothing of the token; the loss is everybody's.
  private func step(_ run: Trace.StageRun, _ number: Int, _ overview: StageOverview) -> Handout.Section? {
    let beats = run.beats.filter { run.name == Stage.loss.name && isOfEverybody($0) || isOfToken($0) }
    guard !beats.isEmpty else { return nil }
    var section = Handout.Section(title: run.name, isTelling: number == token.stage)
    section.blocks = formulas(of: run, beats).map { .formula($0) }
    for beat in beats {
      section.blocks.append(.paragraph([.text(Narration.sentence(for: beat, in: trace))]))
      let equations = trace.beats[beat].terms.compactMap { MarkdownTrace.equation($0, in: trace) }
      if !equations.isEmpty { section.blocks.append(.list(equations.map { [.math($0)] })) }
    }
    section.notes = notes.stages[number] ?? [overview.purpose] + overview.sentences + overview.remarks
    return section
  }

  /// The general formulas of some beats of a stage, each once, as LaTeX.
  private func formulas(of run: Trace.StageRun, _ beats: [Int]) -> [String] {
    var formulas: [String] = []
    for beat in beats {
      for statement in StageFormulas(trace, of: run, at: beat).statements {
        let latex = statement.text(as: .latex, in: trace.glossary)
        if !formulas.contains(latex) { formulas.append(latex) }
      }
    }
    return formulas
  }
}
