import Foundation
import Testing

@Suite struct ExportUnipoTests {
  private struct Log: Decodable {
    struct Header: Decodable {
      let algorithm: String
      let totalSteps: Int
      let task, modelName, dataset: String
    }
    struct Tokens: Decodable {
      let ids: [Int]
      let strings: [String]
      let logProbs, oldLogProbs, advantages, tokenObjective: [Double]?
      let values, returns, rewards, refLogProbs, tokenKl: [Double]?
    }
    struct Response: Decodable {
      let id, responseText: String
      let reward, advantage: Double
      let responseLength: Int
      let tokens: Tokens
    }
    struct Prompt: Decodable {
      let prompt: String
      let responses: [Response]
    }
    struct Entry: Decodable {
      let step: Int
      let isFirstStepAfterRolloutPhase: Bool
      let metrics: [String: Double]
      let prompts: [Prompt]?
    }
    let header: Header
    let entries: [Entry]
  }

  private static func log(_ text: String) throws -> Log {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Log.self, from: Data(text.utf8))
  }

  private static func oracle(_ name: String) -> String { PrintTests.oracles.appending(path: "\(name).batch.json").path }

  @Test func aGroupHasAllItsAnswersWithEveryToken() throws {
    let program = try Program()
    let result = try program([
      "export", "unipo", Self.oracle("grpo-basic"), "--output", "log.json", "--prompts", "1", "--task", "sums",
    ])
    #expect(result.errors == "")
    #expect(result.output == "wrote log.json: 1 update, 1 of them with prompts\n")
    let log = try Self.log(program.read("log.json"))
    #expect(log.header.algorithm == "grpo")
    #expect(log.header.task == "sums")
    let entry = try #require(log.entries.first)
    let shown = try program(["print", Self.oracle("grpo-basic"), "policy_loss", "objective[0,0]", "--json"]).output
    let numbers = try JSONDecoder().decode([String: Double].self, from: Data(shown.utf8))
    // UNIPO's objective is maximised.
    #expect(entry.metrics["policy_objective"] == numbers["policy_loss"].map { -$0 })
    #expect(entry.metrics["reward"] != nil)
    let prompt = try #require(entry.prompts?.first)
    #expect(entry.prompts?.count == 1)
    #expect(prompt.responses.count == 4)
    let response = prompt.responses[0]
    #expect(response.tokens.tokenObjective?[0] == numbers["objective[0,0]"])
    for response in prompt.responses {
      let tokens = response.tokens
      #expect(tokens.strings.count == response.responseLength)
      #expect(tokens.strings.joined() == response.responseText)
      for row in [tokens.logProbs, tokens.oldLogProbs, tokens.advantages, tokens.refLogProbs, tokens.tokenKl] {
        #expect(row?.count == response.responseLength)
      }
    }
  }

  @Test func ppoHasValuesAndReturns() throws {
    let program = try Program()
    let result = try program(["export", "unipo", Self.oracle("ppo-default"), "--output", "-"])
    let log = try Self.log(result.output)
    let tokens = try #require(log.entries.first?.prompts?.first?.responses.first?.tokens)
    #expect(tokens.values?.count == tokens.strings.count)
    #expect(tokens.returns?.count == tokens.strings.count)
    #expect(tokens.rewards?.count == tokens.strings.count)
  }

  @Test func aRunHasAllItsSteps() throws {
    let program = try Program()
    let training = try program([
      "train", "grpo", "--output", "run", "--record", "2", "--set", "max_steps=3", "--set", "num_iterations=2",
      "--set", "batch_size=8", "--set", "num_generations=4", "--set", "max_completion_length=4",
      "--set", "eval_steps=0",
    ])
    #expect(training.exitCode == 0)
    let result = try program(["export", "unipo", "run", "--output", "log.json"])
    #expect(result.output == "wrote log.json: 3 updates, 1 of them with prompts\n")
    let log = try Self.log(program.read("log.json"))
    #expect(log.entries.map { $0.step } == [1, 2, 3])
    #expect(log.entries.map { $0.isFirstStepAfterRolloutPhase } == [true, false, true])
    #expect(log.entries.allSatisfy { $0.metrics["reward"] != nil && $0.metrics["policy_objective"] != nil })
    #expect(log.entries[1].prompts?.isEmpty == false)
  }

  /// Batches whose gradients are added up are named so.
  @Test(arguments: ["grpo-basic", "ppo-default"])
  func partsOfAStepAreOneUpdate(name: String) throws {
    let program = try Program()
    let batch = try String(contentsOfFile: Self.oracle(name), encoding: .utf8)
    for part in 1...2 { try program.write(batch, to: "b/step-000001-\(part).batch.json") }
    let result = try program(["export", "unipo", "b", "--output", "log.json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try Self.log(program.read("log.json")).entries.map(\.step) == [1])
  }

  @Test func whatUNIPODoesNotShow() throws {
    let program = try Program()
    let result = try program(["export", "unipo", Self.oracle("dpo-ipo"), "--output", "log.json"])
    #expect(result.exitCode == 65)
    #expect(result.errors.hasSuffix("UNIPO shows PPO and GRPO, and this is dpo\n"))
    #expect(try program.fileNames().isEmpty)
  }

  @Test func aFolderWithNothingInIt() throws {
    let program = try Program()
    let result = try program(["export", "unipo", ".", "--output", "log.json"])
    #expect(result.exitCode == 66)
    #expect(result.errors == "Error: .: holds no run and no files .batch.json; record some with --record\n")
  }
}
