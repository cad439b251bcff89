import Autodiff
import Debugging
import Diagnosis
import Documents
import Formulas
import Objectives
import Player
import Plots
import Quiz
import Recording
import Reporting
import Simulation
import Testing

/// The examples of the engine's articles; `ArticleTests` checks that they are the same.
@Suite struct EngineExamples {
  @Test func autodiff() {
    let tape = Tape()
    let logp = tape.leaf(-1)
    let oldLogp = tape.leaf(-1.5)
    let ratio = exp(logp - oldLogp)
    let objective = minimum(ratio, clip(ratio, 0.8, 1.2))

    #expect(shown(ratio.value) == "1.6487212707001282")
    #expect(shown(objective.value) == "1.2")
    #expect(shown(tape.gradient(of: objective)[logp]) == "0.0")
  }

  @Test func objectives() {
    let tape = Tape()
    let rewards = [0, 0, 1].map { tape.leaf($0) }
    let values = [0.5, 0.5, 0.5].map { tape.leaf($0) }
    let (advantages, returns) = generalizedAdvantages(
      sequence: 0, rewards: rewards, values: values, gamma: Constant(1), lam: Constant(0.5),
      observer: Unobserved(tape: tape))

    #expect(shown(advantages.map { $0.value }) == "[0.125, 0.25, 0.5]")
    #expect(shown(returns.map { $0.value }) == "[0.625, 0.75, 1.0]")
  }

  @Test func documents() throws {
    let file = try JSONReader.read(#"{"beta": 0.1, "steps": "ten"}"#).object()
    let steps = try file.required("steps")
    #expect(try shown(file.required("beta").number()) == "0.1")
    #expect(shown(steps.error("steps must be a whole number")) == "1:24: steps must be a whole number")

    #expect(shown(NumberText.full(0.1 + 0.2)) == "0.30000000000000004")
    #expect(shown(NumberText.short(0.1 + 0.2)) == "0.3000")
    #expect(shown(nearestNames(to: "cliprnage", among: ["cliprange", "kl_coef"])) == #"["cliprange"]"#)
  }

  @Test func recording() throws {
    let entries = ["logp", "old_logp", "ratio"].map {
      Glossary.Entry(name: $0, latex: $0, labels: [nil, nil], meaning: "")
    }
    let trace = Trace(glossary: Glossary(entries: entries))
    trace.begin(stage: "ratio")
    let logp = trace.record(TermKey(name: 0, i: 0, j: 2), trace.tape.leaf(-1))
    let oldLogp = trace.record(TermKey(name: 1, i: 0, j: 2), trace.tape.leaf(-1.5))
    _ = trace.record(TermKey(name: 2, i: 0, j: 2), exp(logp - oldLogp))

    #expect(shown(trace.formulaText(of: 2, as: .unicode) ?? "") == "exp(logp[0,2] − old_logp[0,2])")
    #expect(shown(trace.valueText(of: 2, as: .unicode)) == "1.649")
  }

  @Test func simulation() {
    let source = Source.scenario(Scenario.builtIn[0])
    let trace = source.record()

    #expect(shown(source.name, trace.stages.count, trace.beats.count) == "ppo 130 1437")
    #expect(shown(NumberText.short(trace.value(.ratio, 5, 1, at: 339) ?? 0)) == "1.209")
  }

  @Test func plots() throws {
    let source = Source.scenario(Scenario.builtIn[0])
    let trace = source.record()
    let plot = try PlotKind.plot("clip", trace: trace, source: source, at: nil)

    #expect(shown(plot.title) == "4 of 8 tokens have moved as far as the objective rewards: no gradient")
    #expect(shown(plot.panels[0].points[0].y.term ?? "") == "objective[0,0]")
    #expect(shown(plot.svg.prefix(4)) == "<svg")
    #expect(shown(Mark.clipped.symbol, Mark.clipped.meaning) == "✂ clipped")
  }

  @Test func reporting() throws {
    let source = Source.scenario(Scenario.builtIn[0])
    let trace = source.record()
    let sentence = Narration.sentence(for: 535, in: trace)

    #expect(shown(sentence) == #"The loss does not change with any logit after "the": all derivatives are 0."#)
    #expect(try shown(Diagrams.dot("pipeline", trace: trace, source: source, at: 0).prefix(7)) == "digraph")
  }

  @Test func diagnosis() {
    let source = Source.scenario(Scenario.builtIn[0])
    let report = DoctorReport(of: source, recorded: source.record())
    let finding = report.findings[0]

    #expect(shown(finding.name, finding.verdict) == "truncated-rewarded caution")
    #expect(shown(finding.evidence[0].expression) == "count(logp[2,*] <= 0)")
  }

  @Test func quiz() throws {
    var quiz = AdaptiveQuiz(seed: 3)
    let question = quiz.next()

    #expect(shown(question?.kind ?? "") == "pair-gradient")
    #expect(shown(question?.expected.text ?? "") == "positive: raising it raises the loss")
    #expect(try shown(quiz.answer("1")) == "true")
  }

  @Test func debugging() {
    var session = Session(source: .scenario(Scenario.builtIn[0]))
    _ = session.run("break clipped")
    _ = session.run("continue")

    #expect(shown(session.beat) == "339")
    #expect(shown(session.trace.stage(ofBeat: session.beat).name) == "clip")
    #expect(shown(session.run("print grad(logp[5,1])").text.spans[0].text) == "grad(logp[5,1]) = 0")
  }

  @Test func player() {
    var player = PagePlayer()
    let overview = player.answer(#"{"do":"open","source":{"name":"ppo"}}"#)

    #expect(shown(overview.prefix(13)) == #"{"name":"ppo""#)
    #expect(shown(player.answer(#"{"do":"view","at":339}"#).prefix(9)) == #"{"at":339"#)
    #expect(shown(player.answer(#"{"do":"dance"}"#).prefix(8)) == #"{"error""#)
  }

  @Test func gradus() throws {
    var source = Source.scenario(Scenario.builtIn[0])
    let original = source.record()
    try source.set("cliprange", to: "0.1")
    let changed = source.record()
    let firstMoved = Comparison(original, changed).first?.after

    #expect(shown(original.stages.count, original.beats.count) == "130 1437")
    #expect(shown(firstMoved.map { changed.text($0) } ?? "nothing") == "clipped_ratio[0,0]")
  }
}
