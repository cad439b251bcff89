import Foundation
import Testing

@Suite struct PrintTests {
  static let oracles = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "SimulationTests/Oracles")

  @Test(arguments: ["ppo-default", "ppo-k3", "ppo-larger", "ppo-tight-clip", "ppo-whiten-rewards"])
  func keysOfAnObjectGetTheNumbersOfTRL(name: String) throws {
    let expectedText = try String(contentsOf: Self.oracles.appending(path: "\(name).expected.json"), encoding: .utf8)
    let batch = Self.oracles.appending(path: "\(name).batch.json").path
    let result = try Program()(["print", batch, "-", "--json"], input: expectedText)
    #expect(result.exitCode == 0, "\(result.errors)")
    let expected = try #require(JSONSerialization.jsonObject(with: Data(expectedText.utf8)) as? [String: Double])
    let actual = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Double])
    #expect(Set(actual.keys) == Set(expected.keys))
    for (key, value) in expected {
      #expect(abs(try #require(actual[key]) - value) <= 1e-9 * max(1, abs(value)), "\(key)")
    }
  }

  @Test func answersComeInTheOrderAndTheWordsOfTheQuestions() throws {
    let result = try Program()(["print", "ppo", "--json", "loss", " kl_coef", "loss", "count( score[*] > 9 )"])
    #expect(result.output.hasPrefix(#"{"loss":-0."#))
    #expect(result.output.hasSuffix(#"," kl_coef":0.05,"count( score[*] > 9 )":0}"# + "\n"))
  }

  @Test func aWildcardIsAnObjectOfItsOwn() throws {
    let result = try Program()(["print", "ppo", "policy.logit[was,*]", "--json"])
    let json = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [String: Double]])
    #expect(json["policy.logit[was,*]"]?.count == 8)
    #expect(json["policy.logit[was,*]"]?["policy.logit[was,great]"] != nil)
  }

  @Test func aPositionWithABlankWantsQuotes() throws {
    let result = try Program()(["print", "dpo", "--at", "0/1/1", "oracle"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("oracle is a stage: quote a position with a blank"))
  }

  @Test func whatIsOlderThanThePositionSaysSoToPeopleAlone() throws {
    let arguments = ["print", "ppo", "ref_logp[2,*]", "kl_coef", "--at", "1 rollout"]
    let lines = try Program()(arguments).output.split(separator: "\n")
    #expect(lines.count { $0.hasSuffix("   (of iteration 0)") } == 1)
    #expect(lines.first?.hasSuffix("   (of iteration 0)") == true)
    #expect(!(try Program()(arguments + ["--json"]).output.contains("iteration")))
  }

  @Test func whatIsNotYetRecordedIsNull() throws {
    let result = try Program()(["print", "ppo", "loss", "--at", "rollout", "--json"])
    #expect(result.output == #"{"loss":null}"# + "\n")
    #expect(result.exitCode == 0)
  }

  @Test func whatIsNoNumberIsNull() throws {
    let result = try Program()(["print", "ppo", "0 / 0", "1 / 0", "kl_coef", "--json"])
    #expect(
      result.output == #"{"0 / 0":null,"1 / 0":null,"kl_coef":0.05,"#
        + #""not_finite":{"0 / 0":"NaN","1 / 0":"Infinity"}}"# + "\n")
    #expect(result.errors == "0 / 0 is NaN, not a finite number\n1 / 0 is Infinity, not a finite number\n")
    #expect(result.exitCode == 0)
    #expect(try Program()(["print", "ppo", "0 / 0"]).errors == "0 / 0 is NaN, not a finite number\n")
  }

  @Test func numbersOfAColumnHaveTheirPointsBelowEachOther() throws {
    let result = try Program()(["print", "ppo", "kl_coef", "-", "--", "-100 * kl_coef"], input: "12345 * kl_coef\n")
    #expect(
      result.output == """
        kl_coef            0.05000
        12345 * kl_coef  617.2
        -100 * kl_coef    -5

        """)
  }

  @Test(arguments: [#"{"kl_coef": 1, "loss[]": 2}"#, #"["kl_coef", "loss[]"]"#, "kl_coef\n\n  loss[]\n"])
  func aBadQuestionOnStandardInputIsLocated(input: String) throws {
    let result = try Program()(["print", "ppo", "-"], input: input)
    #expect(
      result.errors.hasPrefix("<stdin>:\(input.hasPrefix("kl") ? "3:1" : input.hasPrefix("[") ? "1:13" : "1:16"): "))
    #expect(result.exitCode == 65)
    #expect(result.output == "")
  }

  @Test func withoutQuestionsItSummarises() throws {
    let names = try Program()(["print", "ppo"]).output.split(separator: "\n").compactMap {
      $0.split(separator: " ").first
    }
    for name in ["loss", "policy_loss", "grad_norm", "exact_reward", "metric(objective/kl)"] {
      #expect(names.contains { $0 == name })
    }
  }
}
