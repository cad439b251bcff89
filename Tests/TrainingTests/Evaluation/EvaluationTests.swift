import Autodiff
import Documents
import Foundation
import Testing
import Transformers

@testable import Training

/// Numbers of a model on data, beside what the same definitions give token by token.
@Suite struct EvaluationTests {
  private let folder: TemporaryFolder
  private let model = modelPath("llama-tiny")

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      #"{"prompt": "be ", "completion": "kind"}"# + "\n" + #"{"prompt": "say ", "completion": "thank you"}"# + "\n",
      "texts.jsonl")
    try folder.write(
      #"{"prompt": "be ", "chosen": "kind", "rejected": "cruel"}"# + "\n"
        + #"{"prompt": "say ", "chosen": "please", "rejected": "no"}"# + "\n", "pairs.jsonl")
    try folder.write(
      (0..<6).map { #"{"prompt": "\#($0)+1=", "answer": "\#($0 + 1)"}"# + "\n" }.joined(), "prompts.jsonl")
    let other = try LanguageModel.read(model, workers: Workers(1))
    for i in 0..<other.model.parameters.count { other.model.parameters.values[i] *= 1.05 }
    try other.write(to: "\(folder.path)/other")
    try LanguageModel(other.model.withScalarHead(seed: 3), other.tokenizer).write(to: "\(folder.path)/judge")
  }

  private func request(_ name: String) -> EvaluationRequest {
    EvaluationRequest(model: model, dataset: ["\(folder.path)/\(name)"])
  }

  @Test func textsHaveTheMeanOverTheirTokens() throws {
    let result = try request("texts.jsonl").evaluate()
    let language = try LanguageModel.read(model)
    var (sum, hits, count) = (0.0, 0, 0)
    for (prompt, completion) in [("be ", "kind"), ("say ", "thank you")] {
      let text = language.tokens(of: Example(prompt: prompt), completion, limit: TextLimit(100))
      sum -= language.model.logps([text])[0].reduce(0, +)
      for end in text.prompt.count..<text.all.count {
        let next = language.model.generate([Array(text.all[..<end])], Sampling(temperature: 0, maxTokens: 1)) { _ in
          .init(seed: 0, purpose: 0)
        }
        hits += next[0].tokens == [text.all[end]] ? 1 : 0
        count += 1
      }
    }
    #expect(result.kind == .texts && result.examples == 2)
    #expect(abs((result["loss"] ?? 0) - sum / Double(count)) < 1e-9)
    #expect(abs((result["perplexity"] ?? 0) - exp(sum / Double(count))) < 1e-6)
    #expect(result["mean_token_accuracy"] == Double(hits) / Double(count))
    #expect(result["num_tokens"] == Double(count))
  }

  @Test func pairsHaveDPOsRewards() throws {
    var request = request("pairs.jsonl")
    (request.reference, request.assignments) = ("\(folder.path)/other", ["beta=0.5"])
    let result = try request.evaluate()
    let (policy, reference) = (try LanguageModel.read(model), try LanguageModel.read("\(folder.path)/other"))
    func reward(_ prompt: String, _ completion: String) -> Double {
      let text = policy.tokens(of: Example(prompt: prompt), completion, limit: TextLimit(100))
      return 0.5 * (policy.model.logps([text])[0].reduce(0, +) - reference.model.logps([text])[0].reduce(0, +))
    }
    let chosen = [reward("be ", "kind"), reward("say ", "please")]
    let rejected = [reward("be ", "cruel"), reward("say ", "no")]
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    #expect(abs((result["rewards/chosen"] ?? 0) - mean(chosen)) < 1e-9)
    #expect(abs((result["rewards/rejected"] ?? 0) - mean(rejected)) < 1e-9)
    let loss = mean(zip(chosen, rejected).map { log(1 + exp($1 - $0)) })
    #expect(abs((result["loss"] ?? 0) - loss) < 1e-9)
    #expect(result["rewards/accuracies"] == mean(zip(chosen, rejected).map { $0 > $1 ? 1 : 0 }))

    // Other tokens cannot be asked for by their numbers.
    request.reference = modelPath("qwen2-tiny")
    let error = #expect(throws: TrainingError.self) { try request.evaluate() }
    #expect(error?.message.contains("has other tokens than the model") == true)
    request.reference = nil
    #expect(try request.evaluate()["rewards/chosen"] != result["rewards/chosen"])
    request.model = "\(folder.path)/judge"
    request.assignments = []
    #expect(try request.evaluate()["accuracy"] != nil)
  }

  @Test func promptsAreAnsweredAndRewarded() throws {
    var request = request("prompts.jsonl")
    (request.rewards, request.assignments) = (["length:target=5", "exact_match"], ["max_completion_length=8"])
    let result = try request.evaluate()
    #expect(result.kind == .prompts && result["reward"] != nil && result["rewards/length/mean"] != nil)
    #expect(result["rewards/exact_match/mean"] == 0)
    // The same again, however often; sampled ones differ.
    #expect(try request.evaluate().metrics == result.metrics)
    request.assignments.append("num_generations=4")
    #expect(try request.evaluate().metrics != result.metrics)
  }

  @Test func aModelAgainstItselfTies() throws {
    var request = request("prompts.jsonl")
    (request.rewards, request.assignments) = (["length:target=5"], ["max_completion_length=8"])
    request.opponent = model
    let even = try request.evaluate()
    #expect(even["win_rate"] == 0.5 && even["ties"] == 6 && even["wins"] == 0)
    #expect(even.metrics.first { $0.name == "win_rate" }?.standardError == 0)
    request.opponent = "\(folder.path)/other"
    let result = try request.evaluate()
    let counts = ["wins", "ties", "losses"].compactMap { result[$0] }
    #expect(counts.reduce(0, +) == 6)
    #expect(result["win_rate"] == (counts[0] + counts[1] / 2) / 6)
    #expect(result["against/reward"] != nil)
  }

  @Test func whatDoesNotGoTogetherIsSaid() throws {
    func message(_ change: (inout EvaluationRequest) -> Void, _ name: String) -> String? {
      var request = request(name)
      change(&request)
      do throws(TrainingError) {
        _ = try request.evaluate()
        return nil
      } catch {
        return error.message
      }
    }
    let (judge, other) = ("\(folder.path)/judge", "\(folder.path)/other")
    #expect(message({ $0.model = judge }, "texts.jsonl")?.contains("evaluated on pairs") == true)
    #expect(message({ $0.reference = other }, "texts.jsonl")?.hasPrefix("--reference") == true)
    #expect(message({ $0.opponent = other }, "prompts.jsonl")?.hasPrefix("--reward") == true)
    #expect(message({ $0.assignments = ["betta=1"] }, "pairs.jsonl")?.contains("did you mean beta") == true)
  }

  @Test func theStandardErrorIsOfTheMean() {
    #expect(Evaluation.standardError([1]) == nil)
    #expect(Evaluation.standardError([1, 1, 1]) == 0)
    #expect(abs((Evaluation.standardError([0, 1, 1, 0]) ?? 0) - (1.0 / 12).squareRoot()) < 1e-15)
  }
}
