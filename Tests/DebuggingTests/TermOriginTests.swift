import Debugging
import Documents
import Recording
import Simulation
import Testing

/// What is shown belongs to the position, or says that it does not.
@Suite struct TermOriginTests {
  private func answer(_ scenario: String, _ commands: [String], options: [(String, String)] = []) throws -> String {
    let found = try #require(Scenario.builtIn.first { $0.name == scenario })
    var source = Source.scenario(found)
    for (name, value) in options { try source.set(name, to: value) }
    var session = Session(source: source)
    var text = ""
    for command in commands { text = session.run(command).text.plain }
    return text
  }

  @Test(arguments: [
    ("goto 592", "p ref_logp[2,0]", "(of iteration 0)"),
    ("goto 592", "explain ref_logp[2,0]", "(of iteration 0)"),
    ("goto 1 values", "p advantage", "(of iteration 0)"),
    ("goto 1 values", "p mean(advantage)", "(of iteration 0)"),
    ("goto 1 values", "p mean(advantage) - score[0]", "(partly of iteration 0)"),
    ("goto 0/1/0 policy", "p loss", "(of 0/0/1)"),
    ("goto 1 rollout", "p loss", "(of 0/1/1)"),
    ("goto 1 rollout", "p grad(policy.logit[was,great])", "(of 0/1/1)"),
  ])
  func whatIsOlderThanThePositionSaysSo(place: String, command: String, note: String) throws {
    let text = try answer("ppo", [place, command])
    #expect(text.contains(note), "\(text)")
    #expect(text.split(separator: "(of").count <= 2, "one note is enough: \(text)")
  }

  @Test(arguments: [
    ("goto 1 reference", "p old_logp[2,0]"), ("goto 0/1/0 loss", "p ref_logp[2,0]"),
    ("goto 0/1/0 loss", "p advantage"), ("goto 1 metrics", "p loss"),
    ("goto 1/0/0 policy", "p policy.logit[was,great]"),
    ("goto 1 rollout", "p reference.logit[was,great]"), ("goto 1 rollout", "p kl_coef"), ("goto end", "p score[0]"),
    ("goto 0 rollout", "p rm_accuracy"),
  ])
  func whatIsNaturallyOlderSaysNothing(place: String, command: String) throws {
    let text = try answer("ppo", [place, command])
    #expect(!text.contains("(of") && !text.contains("(partly"), "\(text)")
  }

  @Test func thePairsOfOtherMinibatchesSayWhereTheyWereSeen() throws {
    let first = try answer("dpo", ["goto 0/0/0 margin", "p margin"])
    let pair = try #require(first.split(separator: "margin[").dropFirst().first?.first)
    #expect(
      try answer("dpo", ["goto 0/0/1 margin", "step", "step", "step", "p margin[\(pair)]"]).contains("(of 0/0/0)"))
    #expect(!(try answer("dpo", ["goto end", "show pairs"]).contains("`p margin[*]`")))
  }

  /// `show tokens`, `why` and `grad` speak of one minibatch.
  @Test func theTokensAreThoseOfThePositionsMinibatch() throws {
    let text = try answer("ppo", ["goto 0/0/1 gradient", "show tokens"])
    #expect(text.hasPrefix("the tokens on which loss of 0/0/1 depends most"))
    let name = try #require(text.split(separator: "\n")[2].split(separator: " ").first)
    #expect(try answer("ppo", ["goto 0/0/1 gradient", "why \(name)"]).contains("in loss of 0/0/1\n"))
    #expect(try answer("ppo", ["goto 0/0/1 gradient", "why advantage[0,0]"]).contains("in loss of 0/0/1\n"))
  }

  /// As long as the minibatch's own loss is not computed, the one before it is the last that is known.
  @Test func theTokensAreThoseOfALossThatIsKnown() throws {
    #expect(try answer("ppo", ["goto 0", "show tokens"]).contains("there is no loss yet at beat 0: goto loss"))
    #expect(
      try answer("ppo", ["goto 0/0/1 ratio", "show tokens"]).hasPrefix("the tokens on which loss of 0/0/0 depends"))
    #expect(try answer("ppo", ["goto 0", "show histograms"]).contains("no ratios, advantages or margins yet"))
  }

  @Test func aRejectedTokenIsCalledByItsOwnWord() throws {
    let words = try #require(Scenario.builtIn.first { $0.name == "dpo" }).record().rejectedTokens
    let table = try answer("dpo", ["goto end", "show tokens"])
    for line in table.split(separator: "\n") where line.contains("rejected_logp[") {
      let parts = line.split(separator: " ").map { String($0) }
      let indices = parts[0].split { "[,]".contains($0) }.compactMap { Int($0) }
      #expect(parts[1] == words[indices[0]][indices[1]], "\(line)")
    }
    #expect(try answer("dpo", ["goto end", "explain rejected_logp[1,0]"]).contains("token «fine» of pair 1"))
  }

  @Test func aClipIsAskedOfOneToken() throws {
    let all = try answer("ppo", ["goto 0/1/1 update", "p clipped"])
    let name = try #require(all.split(separator: "\n").first?.split(separator: " ").first)
    #expect(try answer("ppo", ["goto 0/1/1 update", "p \(name)"]).hasPrefix("\(name) = "))
    #expect(try answer("ppo", ["goto 0/1/1 update", "p count(clipped[*,*])"]).hasPrefix("count(clipped[*,*]) = 2"))
    #expect(try answer("ppo", ["goto 0/1/1 update", "p count(\(name))"]).hasPrefix("count(\(name)) = "))
  }

  @Test func anOptimumThatIsNotThereSaysWhy() throws {
    let text = try answer("ppo", ["p optimum_reward"], options: [("kl_coef", "0")])
    #expect(
      text == "optimum_reward is not recorded in this run: "
        + "without a KL penalty the best policy need not be the only one\n")
  }
}
