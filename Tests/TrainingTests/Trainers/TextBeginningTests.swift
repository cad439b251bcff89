import Formats
import Testing
import Transformers

@testable import Training

/// What stands before the first word: the tokenizer's own special tokens, and nothing that it does not write.
@Suite struct TextBeginningTests {
  /// A model whose tokenizer begins texts as Llama 3's does.
  private func model(begins: Bool) throws -> LanguageModel {
    let folder = try ScratchFolder(copying: "llama-tiny")
    if begins {
      let json = try folder.text("tokenizer.json")
      let sequence = "\"single\": [\n"
      let parts = json.split(separator: sequence, maxSplits: 1).map { String($0) }
      try #require(parts.count == 2)
      let tokens = #""special_tokens": {"<bos>": {"id": "<bos>", "ids": [1], "tokens": ["<bos>"]}}"#
      let rest = parts[1].replacing(#""special_tokens": {}"#, with: tokens)
      let changed = "\(parts[0])\(sequence){\"SpecialToken\": {\"id\": \"<bos>\", \"type_id\": 0}},\n\(rest)"
      try AtomicFile.write(changed, to: "\(folder.path)/tokenizer.json")
    }
    let model = try LanguageModel.read(folder.path)
    #expect(
      model.tokenizer.encode("be", addSpecialTokens: true).first == (begins ? 1 : model.tokenizer.encode("be").first))
    return model
  }

  private func conversation(_ prompt: String) -> Example {
    var example = Example(prompt: prompt, completion: "kind")
    example.conversation = Conversation()
    return example
  }

  @Test func aPromptBeginsAsTheTokenizerBeginsTexts() throws {
    let model = try model(begins: true)
    let text = model.tokens(of: Example(prompt: "be "), "kind", limit: TextLimit(100))
    #expect(text.prompt == [1] + model.tokenizer.encode("be ") && text.response.last == model.end.first)
    #expect(model.askedTokens(of: Example(prompt: "be "), limit: 100) == text.prompt)
    #expect(model.askedTokens(of: Example(prompt: "be "), limit: 2) == Array(text.prompt.suffix(2)))
    // Of a text it is what stands before the first token that is learned.
    let whole = model.tokens(of: Example(prompt: ""), "be kind", limit: TextLimit(100))
    #expect(whole.prompt == [1] && whole.response == model.tokenizer.encode("be kind") + model.end)
  }

  @Test func aConversationHasWhatItsTemplateWrites() throws {
    let model = try model(begins: true)
    #expect(
      model.tokens(of: conversation("be "), "kind", limit: TextLimit(100)).prompt == model.tokenizer.encode("be "))
    #expect(model.askedTokens(of: conversation("be "), limit: 100) == model.tokenizer.encode("be "))
  }

  @Test func nothingIsPutBeforeATextThatTheTokenizerDoesNotWrite() throws {
    let model = try model(begins: false)
    let (text, tokens) = (
      model.tokens(of: Example(prompt: ""), "be kind", limit: TextLimit(100)), model.tokenizer.encode("be kind")
    )
    #expect(text.prompt == [tokens[0]] && text.response == Array(tokens.dropFirst()) + model.end)
    // To be answered, a prompt needs a token.
    #expect(model.askedTokens(of: Example(prompt: ""), limit: 100) == [try #require(model.tokenizer.special.beginning)])
  }
}
