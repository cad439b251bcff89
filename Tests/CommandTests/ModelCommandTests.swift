import Foundation
import Testing

/// `gradus score` and `gradus sample`, with models that transformers has scored texts with.
@Suite struct ModelCommandTests {
  static func model(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TrainingTests/Models/\(name)").path
  }

  struct Scores: Decodable {
    let ids: [Int]
    let logprobs: [Double]
  }

  private struct Expected: Decodable {
    let text: String
    let ids: [Int]
    let logprobs: [Double]
  }

  private struct Samples: Decodable {
    struct Completion: Decodable, Equatable {
      let text: String
      let ids: [Int]
      let logprobs: [Double]
      let isComplete: Bool
    }

    let promptIds: [Int]
    let completions: [Completion]
  }

  private func sample(_ arguments: String...) throws -> Samples {
    let result = try Program()(["sample", "--model", Self.model("llama-tiny"), "--json"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Samples.self, from: Data(result.output.utf8))
  }

  @Test(arguments: ["llama-tiny", "llama-bpe", "qwen2-tiny"])
  func scoresAreThoseOfTransformers(name: String) throws {
    let file = URL(filePath: Self.model(name)).appending(path: "expected-logprobs.json")
    let cases = try JSONDecoder().decode([Expected].self, from: Data(contentsOf: file))
    #expect(cases.count > 3)
    for expected in cases where expected.ids.count > 1 {
      let result = try Program()(["score", "--model", Self.model(name), "--json", "--text", expected.text])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output.hasPrefix(#"{"ids":["#) && result.output.hasSuffix("]}\n"))
      let scores = try JSONDecoder().decode(Scores.self, from: Data(result.output.utf8))
      #expect(scores.ids == expected.ids)
      #expect(scores.logprobs.count == expected.logprobs.count)
      #expect(zip(scores.logprobs, expected.logprobs).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test func aTableHasALineForEachTokenAndTheSum() throws {
    let result = try Program()(["score", "--model", Self.model("llama-bpe"), "--text", "To be\nor not"])
    #expect(result.exitCode == 0 && result.errors == "")
    try Golden.expect(result.output, "score.txt")
  }

  @Test func samplesArePrintedBehindTheirPrompt() throws {
    let result = try Program()([
      "sample", "--model", Self.model("llama-tiny"), "--prompt", "2+2", "--num", "2", "--max-completion-length", "5",
    ])
    #expect(result.exitCode == 0 && result.errors == "")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("1: ") && lines[1].hasPrefix("2+2"))
    #expect(lines.contains { $0.hasPrefix("2: ") })
  }

  /// With fewer bits the first token has nearly the same log-probability.
  @Test(arguments: ["bfloat16", "float8", "int8"])
  func weightsOfFewerBitsSayNearlyTheSame(dtype: String) throws {
    let arguments = ["--prompt", "abc", "--max-completion-length", "1", "--temperature", "0"]
    func first(_ more: [String]) throws -> (id: Int, logp: Double) {
      let result = try Program()(["sample", "--model", Self.model("llama-tiny"), "--json"] + arguments + more)
      #expect(result.exitCode == 0, "\(result.errors)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let completion = try #require(
        decoder.decode(Samples.self, from: Data(result.output.utf8)).completions.first)
      return (completion.ids[0], completion.logprobs[0])
    }
    let (whole, rounded) = (try first([]), try first(["--dtype", dtype]))
    #expect(whole.logp != rounded.logp && abs(whole.logp - rounded.logp) < 0.2)
    #expect(try first(["--dtype", "float32"]) == whole)
  }

  @Test func aSampleHasTheLogProbabilitiesOfItsScore() throws {
    let samples = try sample("--prompt", "abc", "--max-completion-length", "12", "--temperature", "0")
    let completion = try #require(samples.completions.first)
    let text = "abc" + completion.text
    let result = try Program()(["score", "--model", Self.model("llama-tiny"), "--json", "--text", text])
    let scores = try JSONDecoder().decode(Scores.self, from: Data(result.output.utf8))
    try #require(scores.ids.starts(with: samples.promptIds + completion.ids.dropLast()))
    let expected = scores.logprobs.dropFirst(samples.promptIds.count - 1)
    #expect(completion.logprobs.count >= 1)
    #expect(zip(completion.logprobs, expected).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func theFirstSamplesStayWhateverTheirNumber() throws {
    let few = try sample("--prompt", "abc", "--num", "2", "--seed", "5")
    let many = try sample("--prompt", "abc", "--num", "5", "--seed", "5")
    let other = try sample("--prompt", "abc", "--num", "2", "--seed", "6")
    #expect(few.completions == Array(many.completions.prefix(2)))
    #expect(few.completions != other.completions)
    #expect(many.completions.allSatisfy { $0.ids.count == $0.logprobs.count && $0.ids.count <= 64 })
  }

  @Test func oneLikeliestTokenIsGreedy() throws {
    let greedy = try sample("--prompt", "abc", "--temperature", "0")
    #expect(try sample("--prompt", "abc", "--top-k", "1").completions.map(\.ids) == greedy.completions.map(\.ids))
    #expect(try sample("--prompt", "abc", "--top-p", "1e-6").completions.map(\.ids) == greedy.completions.map(\.ids))
  }

  @Test func anEmptyPromptBeginsAtTheBeginning() throws {
    #expect(try sample("--prompt", "", "--max-completion-length", "2").promptIds == [1])
  }

  // MARK: - What can be wrong

  private func expectError(_ arguments: [String], _ exitCode: Int32, _ text: String) throws {
    let result = try Program()(arguments)
    #expect(result.exitCode == exitCode && result.output == "")
    #expect(result.errors.contains(text), "\(result.errors)")
  }

  @Test(arguments: [
    (["--num", "0"], "--num: must be from 1 to 100000; it is 0"),
    (["--temperature", "-1"], "--temperature: must be 0 or from 0.001 to 1000; it is -1.0"),
    (["--temperature", "nan"], "--temperature: must be 0 or from 0.001 to 1000; it is nan"),
    (["--dtype", "int4"], "The value 'int4' is invalid for '--dtype <TYPE>'"),
    (["--top-k", "-1"], "--top-k: must be at least 0; it is -1"),
    (["--top-p", "0"], "--top-p: must be above 0 and at most 1; it is 0.0"),
    (["--max-completion-length", "0"], "--max-completion-length: must be at least 1; it is 0"),
    (
      ["--max-completion-length", "511"],
      "--max-completion-length: at most 510 fit; the model takes 512 tokens, the prompt has 2"
    ),
    (
      ["--prompt", String(repeating: "a", count: 512)],
      "--prompt: has 512 tokens, but the model takes 512 with what follows"
    ),
  ])
  func wrongSamplingIsRefused(arguments: [String], text: String) throws {
    let prompt = arguments.contains("--prompt") ? [] : ["--prompt", "ab"]
    // A value that begins with a minus sign needs an equals sign.
    let joined = arguments[1].hasPrefix("-") ? ["\(arguments[0])=\(arguments[1])"] : arguments
    try expectError(["sample", "--model", Self.model("llama-tiny")] + prompt + joined, 64, text)
  }

  @Test func textsOfNoUseAreRefused() throws {
    let score = ["score", "--model", Self.model("llama-tiny"), "--text"]
    try expectError(score + [""], 64, "--text: has no tokens; a score needs at least two")
    try expectError(score + ["a"], 64, "--text: has one token; a score needs at least two")
    let long = String(repeating: "a", count: 513)
    try expectError(score + [long], 64, "--text: has 513 tokens, but the model takes 512; give it a shorter text")
  }

  @Test func aModelThatIsNotThereOrNotWholeIsRefused() throws {
    try expectError(
      ["score", "--model", "none", "--text", "ab"], 66, "Error: none: there is no such folder")
    let program = try Program()
    let copy = program.file("model")
    try FileManager.default.copyItem(atPath: Self.model("llama-tiny"), toPath: copy.path)
    let config = copy.appending(path: "config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    try Data("{".utf8).write(to: config)
    let damaged = try program(["score", "--model", "model", "--text", "ab"])
    #expect(damaged.exitCode == 65 && damaged.errors.hasPrefix("model/config.json:1:2: "), "\(damaged.errors)")
    try Data(text.replacingOccurrences(of: #""vocab_size": 100"#, with: #""vocab_size": 90"#).utf8).write(to: config)
    let small = try program(["score", "--model", "model", "--text", "ab"])
    #expect(small.exitCode == 65 && small.errors.contains("tokens, but the model only 90"), "\(small.errors)")
    try Data(text.utf8).write(to: config)
    try FileManager.default.removeItem(at: copy.appending(path: "model.safetensors"))
    let empty = try program(["sample", "--model", "model", "--prompt", "ab"])
    #expect(empty.exitCode == 66 && empty.errors.contains("model/model.safetensors"), "\(empty.errors)")
  }
}
