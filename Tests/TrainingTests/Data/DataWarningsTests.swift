import Formats
import Objectives
import Testing

@testable import Training

/// Where prompt and completion meet in somebody's data.
@Suite struct DataWarningsTests {
  private func sentences(_ lines: String, _ kind: Dataset.Kind, rule: ImplicitPrompt = .word) throws -> [String] {
    let examples = try DatasetReader(path: "d.jsonl", kind: kind, rule: rule).examples(Array(lines.utf8))
    let data = Dataset(name: "d.jsonl", kind: kind, examples: examples)
    return DataWarnings(data: data, rule: rule, tokenizer: try merging()).sentences
  }

  /// KTO's weights, and what is said of labels.
  @Test(
    arguments: [
      ([true, true, true], 1, "all 3 examples are desirable: the loss only raises"),
      ([false, false], 1, "all 2 examples are undesirable: the loss only lowers"),
      ([true, true, true, true, false], 1, "undesirable_weight from 3 to 4 keeps"),
      ([true, true, true, true, false], 4, nil), ([true, false, true, false], 1, nil),
      ([true, false, false, false], 1, "0.333 times as much as the others: undesirable_weight from 0.250 to 0.333 "),
    ] as [([Bool], Double, String?)])
  func labelsOfOneKind(labels: [Bool], undesirableWeight: Double, part: String?) throws {
    let examples = labels.map { Example(prompt: "a", completion: " c", isDesirable: $0, source: "d.jsonl", line: 1) }
    let data = Dataset(name: "d.jsonl", kind: .judgements, examples: examples)
    var objective = Settings()
    try objective.set(.undesirableWeight, to: .number(undesirableWeight))
    let found = DataWarnings(data: data, rule: .word, tokenizer: try merging(), objective: objective).sentences
    #expect(found.count == (part == nil ? 0 : 1))
    if let part { #expect(found[0].contains(part), "\(found)") }
  }

  /// A tokenizer of letters, in which `ab` and ` b` are tokens of their own.
  private func merging() throws -> Tokenizer {
    let json = """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": null,
       "post_processor": null, "decoder": null,
       "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
         "fuse_unk": false, "byte_fallback": false,
         "vocab": {"a": 0, "b": 1, "c": 2, " ": 3, "ab": 4, " b": 5}, "merges": [["a", "b"], [" ", "b"]]}}
      """
    return try Tokenizer(json: Array(json.utf8))
  }

  @Test func wholesomeDataHasNone() throws {
    #expect(try sentences(#"{"prompt": "a", "completion": " c"}"#, .completions) == [])
    #expect(try sentences(#"{"chosen": "c a", "rejected": "c b"}"#, .pairs) == [])
  }

  @Test func whatIsNotReadIsTold() throws {
    let row = #"{"systems": "s", "ask": "c", "chosen": "a", "rejected": "b", "id": null}"#
    #expect(
      try sentences(row, .pairs) == [
        "d.jsonl: the columns 'systems', 'ask' are not read",
        "1 of 1 examples (d.jsonl:1) have no prompt, neither as a column nor as what chosen and rejected both begin with: they "
          + "are learned as answers to nothing; call the column that asks 'prompt'",
      ])
    #expect(
      try sentences(#"{"prompt": "a", "completion": "c", "id": 7}"#, .completions) == [
        "d.jsonl: the column 'id' is not read"
      ])
    // Rewards read what they like.
    #expect(try sentences(#"{"prompt": "a", "id": 7}"#, .prompts) == [])
  }

  @Test func tokensThatMergeAcrossTheSeam() throws {
    let found = try sentences(
      #"{"prompt": "c", "completion": "a"}"# + "\n" + #"{"prompt": "ca", "completion": "b"}"#, .completions)
    #expect(
      found == [
        "1 of 2 examples (d.jsonl:2) have other tokens when prompt and completion are encoded together, as 'ab' at the seam: "
          + "the model learns tokens that it would not meet in whole texts; part them where a word ends"
      ])
  }

  @Test func aPromptThatEndsInASpace() throws {
    let found = try sentences(#"{"prompt": "c ", "chosen": "a", "rejected": "b"}"#, .pairs)
    #expect(found.count == 2)
    #expect(
      found[0]
        == "1 of 1 examples (d.jsonl:1) have a prompt that ends in a space: most tokenizers join a space with the word "
        + "behind it; let the completion begin with it instead")
  }

  @Test func answersThatAreEmptyOrTheSame() throws {
    let empty = try sentences(#"{"prompt": "a", "completion": ""}"#, .completions)
    #expect(
      empty == [
        "1 of 1 examples (d.jsonl:1) have an empty completion: the end of the text is all that is learned of it"
      ])
    let equal = try sentences(#"{"prompt": "a", "chosen": " c", "rejected": " c"}"#, .pairs)
    #expect(
      equal == ["1 of 1 examples (d.jsonl:1) have the same text as chosen and rejected: nothing can be learned of them"]
    )
  }

  @Test func whatAConversationLoses() throws {
    var example = Example(prompt: "a", completion: "c", source: "d.jsonl", line: 1)
    example.conversation = Conversation()
    example.conversation?.unwritten = ["tool_calls", "tools"]
    example.conversation?.isSilent = true
    let data = Dataset(name: "d.jsonl", kind: .completions, examples: [example])
    let place = "1 of 1 examples (d.jsonl:1) have "
    let remedy = "another template can stand in the model's folder as chat_template.jinja"
    #expect(
      DataWarnings(data: data, rule: .word, tokenizer: try merging()).sentences == [
        place + "an answer of the assistant that is empty: the end of the turn is all that is learned of it",
        place
          + "tool_calls, which the chat template does not write: these turns are read and learned without their calls; "
          + remedy,
        place + "tools, which the chat template does not write: the model does not read what it may call; " + remedy,
      ])
  }

  @Test func aPromptThatTheCompletionRepeats() throws {
    let found = try sentences(#"{"prompt": "a c", "chosen": "a c b", "rejected": " a cb"}"#, .pairs)
    #expect(
      found.first
        == "1 of 1 examples (d.jsonl:1) have a completion that begins with the prompt: the model would read the prompt twice; "
        + "leave it out of one of the two")
    #expect(try sentences(#"{"prompt": "c", "completion": "ca"}"#, .completions) == [])
  }

  @Test func aSharedBeginningWithinAWord() throws {
    let pair = #"{"chosen": "c ca", "rejected": "c cb"}"#
    #expect(
      try sentences(pair, .pairs) == [
        "1 of 1 examples (d.jsonl:1) have no prompt, and what their texts share ends inside a word or is all of one text: the "
          + "prompt was cut back to 'c'; implicit_prompt=trl keeps what TRL makes of it"
      ])
    #expect(
      try sentences(pair, .pairs, rule: .trl).first?.hasSuffix(
        "ends inside a word: the prompt 'c c' ends there; implicit_prompt=word cuts it back to whole words") == true)
  }
}
