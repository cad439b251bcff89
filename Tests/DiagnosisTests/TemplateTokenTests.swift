import Documents
import Objectives
import Recording
import Simulation
import Testing

@testable import Diagnosis

/// Special tokens that a chat template would not have put where they are, and what stands between them.
@Suite struct TemplateTokenTests: Situations {
  private static let prompt = "<|im_start|>user\nhow many?<|im_end|>\n<|im_start|>assistant\n"

  private func demonstrations(_ tokens: [String], after prompt: String = prompt) throws -> [String] {
    var dice = Dice()
    return try findings(
      .demonstrations(
        (0..<6).map { i in
          let all = tokens + ["word\(i)", "<|im_end|>"]
          return .init(prompt: prompt, tokens: all, logp: all.map { _ in dice.logp() })
        })
    ).map { $0.title }
  }

  @Test func aTemplateAsItShouldBe() throws {
    #expect(try demonstrations(["three"]).isEmpty)
    #expect(try demonstrations(["three"], after: "no template at all").isEmpty)
  }

  @Test func beginningsThatAreThereTwice() throws {
    #expect(
      try demonstrations(["three"], after: "<|begin_of_text|><|begin_of_text|>question")
        == ["6 of 6 prompts begin with <|begin_of_text|> twice"])
    #expect(try demonstrations(["three"], after: "<|begin_of_text|>question").isEmpty)
    #expect(try demonstrations(["<s>", "three"]) == ["6 of 6 responses begin with <s>"])
  }

  @Test func aPromptThatIsLearned() throws {
    #expect(
      try demonstrations(["<|im_start|>", "user", "how", "<|im_end|>", "<|im_start|>", "assistant"], after: "")
        == ["6 of 6 responses hold <|im_start|>, which begins a turn, and it counts"])
  }

  @Test func textsThatNeverEnd() throws {
    var dice = Dice()
    func found(_ prompt: String, end: [String]) throws -> [String] {
      try findings(
        .demonstrations(
          (0..<6).map { i in
            let tokens = ["three", "word\(i)"] + end
            return .init(prompt: prompt, tokens: tokens, logp: tokens.map { _ in dice.logp() })
          })
      ).map { $0.title }
    }
    #expect(try found(Self.prompt, end: []) == ["No response of 6 ends: <|im_end|> is nowhere"])
    #expect(try found(Self.prompt, end: ["<|im_end|>", "\n"]).isEmpty)
    #expect(try found("question", end: []).isEmpty)
  }

  /// Marks of a tool's answer, whole or in pieces.
  @Test(arguments: [
    ["<tool_response>", "42", "</tool_response>"], ["<", "tool_response", ">", "42", "</tool_response>\n"],
  ])
  func answersOfTools(call: [String]) throws {
    #expect(SpecialTokens.isOfTool(["so"] + call + ["then"]) == [false] + call.map { _ in true } + [false])
    func batch(mask: ((Bool) -> Bool)?) -> Batch.Contents {
      answers { _, answer, _ in
        answer.tokens.replaceSubrange(4..<(4 + call.count), with: call)
        if let mask { answer.lossMask = SpecialTokens.isOfTool(answer.tokens).map { mask($0) } }
      }
    }
    let count = 32 * call.count
    #expect(
      try findings(batch(mask: nil)).first?.title == "\(count) tokens of tools' answers count, in 32 responses")
    #expect(try names(batch { !$0 }).isEmpty)
    #expect(
      try findings(batch { $0 }).map { $0.title }.first == "The mask keeps tools' answers and leaves out the rest")
    #expect(try !names(batch { $0 }).contains("unsampled-tokens"))
  }

  /// Padding that a model was asked about has numbers of its own, and is a special token all the same.
  @Test func paddingThatWasComputed() throws {
    func padded(_ token: String) throws -> [String] {
      try names(
        answers { _, answer, dice in
          let length = 60 - answer.tokens.count
          answer.tokens += [String](repeating: token, count: length)
          answer.oldLogp += (0..<length).map { _ in dice.logp() }
          answer.logp = answer.oldLogp
        })
    }
    #expect(try padded("<|endoftext|>") == ["counted-padding"])
    #expect(try padded("ha").isEmpty)
  }
}
