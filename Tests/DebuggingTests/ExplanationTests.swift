import Debugging
import Documents
import Objectives
import Recording
import Reporting
import Simulation
import SmallBatches
import Testing

/// What `explain`, `why` and `verify` say.
@Suite struct ExplanationTests {
  private func answer(_ scenario: String, _ commands: String..., options: [(String, String)] = []) throws -> String {
    let found = try #require(Scenario.builtIn.first { $0.name == scenario })
    var source = Source.scenario(found)
    for (name, value) in options { try source.set(name, to: value) }
    var session = Session(source: source)
    var text = ""
    for command in commands { text = session.run(command).text.plain }
    return text
  }

  @Test func aTermFeedsWhatLaterMinibatchesMakeOfIt() throws {
    #expect(try answer("ppo", "explain old_logp[0,0]").contains("  feeds kl[0,0], log_ratio[0,0]"))
  }

  @Test(arguments: ["ppo", "ppo-classic", "grpo-user-groups", "dpo"])
  func explanationsFitTheTerminal(name: String) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == name })
    var session = Session(source: .scenario(scenario))
    _ = session.run("goto end")
    var isSeen: Set<Int> = []
    var tooWide: [String] = []
    for term in session.trace.terms.indices where isSeen.insert(session.trace.terms[term].key.name).inserted {
      let text = session.run("explain \(session.trace.text(term))").text.plain
      let lines = text.split(separator: "\n")
      #expect(lines.count < 16, "\(text)")
      tooWide += lines.filter { NumberText.width(String($0)) > 80 }.map { String($0) }
    }
    #expect(tooWide.isEmpty)
  }

  /// With a dual clip a maximum follows the minimum; each cut names the number that was not taken.
  @Test func aCutNamesTheNumberThatWasNotTaken() throws {
    let batch = try SmallBatch.ppo(
      logRatios: [[1.5, 0.1], [1.5, 0.2]], options: [("clip_ratio_c", "3"), ("lam", "1")])
    var session = Session(source: batch)
    _ = session.run("goto end")
    let trace = session.trace
    let floors = trace.terms.indices.filter { trace.text($0).hasPrefix("dual_clip") }
    let binding = try #require(
      floors.first { floor in
        let name = trace.text(floor).dropFirst("dual_clip".count)
        return trace.value(floor) == (try? session.number("objective\(name)"))
      })
    let name = trace.text(binding).dropFirst("dual_clip".count)
    let text = session.run("why logp\(name)").text.plain.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    let surrogate = NumberText.short(try session.number("surrogate\(name)"))
    let clipped = NumberText.short(try session.number("clipped_surrogate\(name)"))
    #expect(text.contains("objective\(name) ← surrogate\(name): max takes"))
    #expect(text.contains("the larger one, not \(surrogate)"), "\(text)")
    #expect(text.contains("min takes \(surrogate), the smaller one, not \(clipped)"), "\(text)")
  }

  @Test func noLossReachesTheFrozenReference() throws {
    let text = try answer("ppo", "goto 1/0/0 loss", "why reference.logit[was,great]")
    #expect(text.hasPrefix("grad(reference.logit[was,great]) = 0  in loss of 1/0/0\n"))
    #expect(text.contains("held constant by a stop-gradient"))
  }

  /// Beyond its border a clipped value moves with the old value that sets the border.
  @Test func theBorderOfAValueClipHasItsDerivative() throws {
    let trace = try #require(Scenario.builtIn.first { $0.name == "ppo" }).record()
    var (binding, loose) = (0, 0)
    for term in trace.terms.indices where trace.text(term).hasPrefix("clipped_value[") {
      let edge = try #require(trace.edges(of: term).first { trace.text($0.to).hasPrefix("old_value[") })
      let isInside = trace.edges(of: term).contains { trace.text($0.to).hasPrefix("value[") && $0.derivative == 1 }
      #expect(edge.derivative == (isInside ? 0 : 1))
      #expect(edge.cut?.isBorder == (isInside ? true : nil))
      if isInside { loose += 1 } else { binding += 1 }
    }
    #expect(binding > 0 && loose > 0)
    #expect(try answer("ppo", "goto 0/1/0 loss", "verify old_value[2,0]").hasSuffix("They agree.\n"))
  }

  /// A session about one pair, `c` and `r` being the log-probabilities of its responses' tokens.
  private func answer(pair loss: String, _ c: [Double], _ r: [Double], _ command: String) throws -> String {
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice(loss))
    try settings.set(.preferenceBeta, to: .number(loss == "hinge" ? 1 : 0.1))
    func response(_ logp: [Double]) -> Batch.PairResponse {
      Batch.PairResponse(tokens: logp.map { _ in "t" }, logp: logp, refLogp: logp.map { _ in -1 })
    }
    let pair = Batch.Pair(prompt: "", chosen: response(c), rejected: response(r))
    var session = Session(source: .batch(Batch(title: "", settings: settings, contents: .pairs([pair])), name: "pair"))
    _ = session.run("goto end")
    return session.run(command).text.plain.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
  }

  /// The log-odds of certainty are infinite, the gradient through them is not.
  @Test func whereOthersHaveNaNTheLimitIsSaidToBeOne() throws {
    let text = try answer(pair: "orpo", [0, 0, 0], [-1.2, -0.7], "verify chosen_logp[0,0]")
    #expect(text.contains("grad(chosen_logp[0,0]) -0.35435"))
    #expect(!text.contains("They agree"))
    #expect(text.contains("The gradient is that from below."))
    #expect(text.hasSuffix("PyTorch has NaN here: 0 × ∞ in a branch that carries nothing. This is the limit."))
    let explained = try answer(pair: "orpo", [0, 0, 0], [-1.2, -0.7], "explain chosen_logp[0,0]")
    #expect(explained.contains("PyTorch has NaN here"))
    let usual = try answer(pair: "orpo", [-0.5, -0.5], [-1.2, -0.7], "verify chosen_logp[0,0]")
    #expect(usual.hasSuffix("They agree."))
  }

  @Test func aHingeAtItsCornerHasTwoSides() throws {
    let text = try answer(pair: "hinge", [0], [-1], "verify chosen_logp[0,0]")
    #expect(text.contains("grad(chosen_logp[0,0]) 0 "))
    #expect(text.hasSuffix("The gradient is that from above."))
  }

  @Test func tablesOfGroupsFitTheTerminal() throws {
    for line in try answer("grpo-user-groups", "goto end", "show groups").split(separator: "\n") {
      #expect(NumberText.width(String(line)) <= 80, "\(line)")
    }
  }

  @Test func comparedRecordingsOfDifferentLengthCountWhatBothHave() throws {
    var scenario = Source.scenario(Scenario.builtIn[0])
    let before = scenario.record()
    try scenario.set("num_ppo_epochs", to: "1")
    try scenario.set("num_mini_batches", to: "1")
    let comparison = Comparison(before, scenario.record())
    let gone = comparison.changes.count { $0.after == nil }
    let both = comparison.changes.count { $0.before != nil && $0.after != nil }
    let text = comparison.text().plain.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(gone > 0)
    #expect(text.contains("\(both) of the "))
    #expect(text.contains(" terms in both recordings moved (") && text.contains("\(gone) are gone, in "))
    #expect(text.contains(" of them by less than is shown), "))
  }
}
