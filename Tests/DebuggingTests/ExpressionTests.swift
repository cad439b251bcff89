import Debugging
import Documents
import Reporting
import Simulation
import Testing

/// Arithmetic on recorded numbers, and names for it.
@Suite struct ExpressionTests {
  /// At the end of PPO's run, where everything is recorded.
  private func session(_ scenario: String = "ppo", _ commands: String...) throws -> Session {
    let found = try #require(Scenario.builtIn.first { $0.name == scenario })
    var session = Session(source: .scenario(found))
    _ = session.run("goto end")
    for command in commands {
      let reply = session.run(command)
      #expect(!reply.isError, "\(command): \(reply.text.plain)")
    }
    return session
  }

  @Test(arguments: [
    ("2^3^2", 512), ("-2^2", -4), ("(-2)^3", -8), ("2^-1", 0.5), ("2*3^2", 18), ("9^0.5", 3), ("0^0", 1),
    ("sigmoid(0)", 0.5), ("sigmoid(1000)", 1), ("sigmoid(-1000)", 0), ("sigmoid(2) + sigmoid(-2)", 1),
    ("softmax(7)", 1), ("min(3, 1, 2)", 1), ("max(3, 1 + 4, 2)", 5), ("min(3)", 3), ("max(sqrt(4), log(exp(3)))", 3),
  ])
  func numbers(expression: String, value: Double) throws {
    #expect(abs(try session().number(expression) - value) < 1e-12)
  }

  /// The smaller of two, token by token, is what the objective records.
  @Test(arguments: ["ppo", "ppo-classic"])
  func aMinimumOfTwoListsIsTheRecordedOne(scenario: String) throws {
    let session = try session(scenario)
    #expect(try session.number("count(objective)") > 0)
    #expect(try session.number("max(abs(min(surrogate, clipped_surrogate) - objective))") == 0)
    let band = "min(max(ratio, 1 - 0.2), 1 + 0.2)"
    #expect(try session.number("max(abs(\(band) - clipped_ratio))") < 1e-12)
  }

  @Test func aSoftmaxIsThePolicy() throws {
    let session = try session()
    for state in ["was", "film", "very"] {
      #expect(try session.number("max(abs(softmax(policy.logit[\(state),*]) - prob_after[\(state),*]))") < 1e-12)
    }
    #expect(
      try session.number("abs(max(softmax(policy.logit[was,*] + 5000)) - max(softmax(policy.logit[was,*])))") < 1e-9)
  }

  // MARK: What belongs together

  /// The expected score of one token is a sum over all tokens, whose weights have one index where probabilities have two.
  @Test func whatTheWildcardsStandForBelongsTogether() throws {
    let session = try session("ppo", "open ppo response_length=1 num_total_batches=1 learning_rate=0", "goto end")
    let parts = ["was", "film"].map { "sum(prob_before[\($0),*] * reward_model.weight[*])" }
    #expect(try session.number("abs((\(parts.joined(separator: " + "))) / 2 - exact_reward)") < 1e-12)
    // In either order, and through a function.
    #expect(
      try session.number("sum(reward_model.weight[*] * exp(log(prob_before[was,*]))) - \(parts[0])").magnitude < 1e-12)
  }

  @Test func theSameIndicesComeFirst() throws {
    var session = try session("ppo", "open ppo num_mini_batches=1", "goto end")
    let reply = session.run("p surrogate[1,*] - objective").text.plain
    #expect(reply.contains("surrogate[1,0] - objective[1,0]") && !reply.contains("objective[0,"))
    #expect(session.run("p prob_before[was,*] - prob_before").text.plain.contains("[was,the] - prob_before[was,the]"))
    #expect(session.run("p ratio[1,*] - ratio[3,*]").text.plain.contains("ratio[1,0] - ratio[3,0]"))
  }

  @Test(arguments: [
    // A token of a response is no word, and a response is no token.
    ("p prob_before[was,*] * score[*]", "the two sides of * have no indices in common"),
    ("p score[*] + ratio[0,*]", "the two sides of + have no indices in common"),
    ("p min(prob_before[was,*], score)", "what min is to choose from has no indices in common"),
    ("p abs(1, 2)", "abs is of one expression, not of 2, in «abs(1, 2)»"),
    ("p min(1, 2", "a closing parenthesis is missing in «min(1, 2»"), ("p 2^", "the expression «2^» ends too early"),
    ("p min(1,)", "unexpected"),
  ])
  func mistakes(command: String, message: String) throws {
    var session = try session()
    let reply = session.run(command)
    #expect(reply.isError)
    #expect(message == "unexpected" || reply.text.plain == message + "\n", "\(reply.text.plain)")
  }

  @Test func aLongExpressionIsCutWhereItsNumberStandsBehindIt() throws {
    var session = try session()
    let terms = (0..<12).map { "ratio[0,0] * \($0)" }.joined(separator: " + ")
    let line = session.run("p \(terms)").text.plain
    #expect(line.hasPrefix("ratio[0,0] * 0 + ") && line.contains(" … = "))
    for line in line.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80) }
  }

  // MARK: Names

  @Test func aNameStandsForItsExpression() throws {
    var session = try session("ppo", "let r = reward_model.weight[*]", "let is_best = r == max(r)")
    #expect(session.run("p sum(r * is_best) - max(r)").text.plain.hasSuffix(" = 0\n"))
    #expect(session.run("p r").text.plain.contains("  r[great] "))
    #expect(session.run("let").text.plain == "r: 8 numbers here\nis_best: 8 numbers here\n")
    #expect(session.run("let x = 2^3").text.plain == "x is 2^3: 8 here\n")
    _ = session.run("let far = max(ratio)")
    #expect(session.run("watch far").text.plain.hasPrefix("watch 1: far\n  far = "))
    _ = session.run("goto start")
    #expect(session.run("p far").text.plain.contains("is not there yet"))
    #expect(session.run("let far").isError)
  }

  @Test func aNameIsKeptByWhatIfsAndForgottenByOpen() throws {
    var session = try session("ppo", "let r = max(reward_model.weight)", "let r = r * 2")
    let before = try session.number("r")
    _ = session.run("set reward_model.weight[great] 10")
    #expect(try session.number("r") == 20 && before != 20)
    _ = session.run("reset")
    #expect(try session.number("r") == before)
    _ = session.run("open dpo")
    #expect(session.run("p r").text.plain.hasPrefix("there is no term r"))
  }

  @Test(arguments: [
    ("let", "there are none: let r = reward_model.weight[*]"),
    ("let x", "say a name and what it stands for: let r = reward_model.weight[*]"),
    ("let 3x = 1", "«3x» cannot be a name: a letter, then letters, digits and _"),
    ("let a.b = 1", "«a.b» cannot be a name: a letter, then letters, digits and _"),
    ("let = 1", "«» cannot be a name: a letter, then letters, digits and _"),
    ("let ratio = 1", "ratio means something already; take another name"),
    ("let softmax = 1", "softmax means something already; take another name"),
    ("let clipped = 1", "clipped means something already; take another name"),
    ("let x = x + 1", "there is no term x"),
  ])
  func whatIsNoNameIsSaid(command: String, message: String) throws {
    var session = try session()
    let reply = session.run(command)
    #expect(reply.isError == (command != "let"))
    #expect(reply.text.plain == message + "\n")
  }

  @Test func completionKnowsFunctionsAndNames() throws {
    let session = try session("ppo", "let frontier = max(ratio)")
    func complete(_ line: String) -> [String] { session.completions(of: line, cursor: line.unicodeScalars.count) }
    #expect(complete("p so") == ["softmax("])
    #expect(complete("p 2^fron") == ["2^frontier"])
    #expect(complete("let x = sig") == ["sigmoid("])
  }
}
