import Documents
import Foundation
import Testing

@testable import Training

@Suite struct DatasetTests {
  private func examples(_ text: String, as kind: Dataset.Kind) throws(TrainingError) -> [Example] {
    try DatasetReader(path: "data.jsonl", kind: kind).examples(Array(text.utf8))
  }

  private func message(_ text: String, as kind: Dataset.Kind) -> String? {
    do throws(TrainingError) {
      _ = try examples(text, as: kind)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func promptsBringTheirGroupAndColumns() throws {
    let read = try examples(
      "\u{feff}{\"prompt\": \"37+85=\", \"answer\": 122, \"group\": \"A\"}\r\n\r\n{\"prompt\": \"é\", \"group\": 7, \"x\": null}",
      as: .prompts)
    #expect(read.map(\.prompt) == ["37+85=", "é"])
    #expect(read.map(\.group) == ["A", "7"])
    #expect(read.map(\.line) == [1, 3])
    #expect(try read[0].text(ofColumn: "answer") == "122")
    #expect(read[0].columns.map(\.key) == ["answer"])
    #expect(read[1].column("x") == nil)
  }

  @Test func aColumnKnowsItsLineInTheFile() throws {
    let read = try examples("\n\n{\"prompt\": \"p\", \"answer\": [1]}", as: .prompts)
    #expect(
      throws: TrainingError(.badData, "data.jsonl:3:27: the column 'answer' must be text, a number, or true or false")
    ) { try read[0].text(ofColumn: "answer") }
    #expect(throws: TrainingError(.badData, "data.jsonl:3: there is no column 'anwser'; did you mean 'answer'?")) {
      try read[0].text(ofColumn: "anwser")
    }
  }

  @Test func textIsAllCompletion() throws {
    let read = try examples(
      #"{"text": "abc", "source": "s"}"# + "\n" + #"{"prompt": "a", "completion": "b"}"#, as: .completions)
    #expect(read.map(\.prompt) == ["", "a"])
    #expect(read.map(\.completion) == ["abc", "b"])
    #expect(read[0].columns.map(\.key) == ["source"])
  }

  // Examples of TRL's documentation, and its rule for a text that begins the other.
  @Test func judgementsAreLabelledOrMadeOfPairs() throws {
    let read = try examples(
      #"{"prompt": "a", "completion": "b", "label": false, "n": 1}"# + "\n"
        + #"{"prompt": "a", "chosen": "c", "rejected": "d"}"#, as: .judgements)
    #expect(read.map(\.completion) == ["b", "c", "d"])
    #expect(read.map(\.isDesirable) == [false, true, false])
    #expect(read.map(\.line) == [1, 2, 2])
    #expect(read[0].columns.map(\.key) == ["n"])
    #expect(read.allSatisfy { $0.prompt == "a" && $0.chosen == nil && $0.rejected == nil })
  }

  @Test(arguments: [
    ("The sky is blue.", "The sky is green.", "The sky is", " blue.", " green."),
    ("The sun is in the sky.", "The sun is in the sea.", "The sun is in the", " sky.", " sea."),
    ("The answer is 12", "The answer is 17", "The answer is", " 12", " 17"),
    ("The sky is blue", "The sky is blue and vast", "The sky is", " blue", " blue and vast"),
    ("Yes, it is.", "Yes, it was.", "Yes, it", " is.", " was."), ("f(x)", "f(y)", "f(", "x)", "y)"),
    ("a cat", "a car", "a", " cat", " car"), ("Paris ", "London", "", "Paris ", "London"),
    ("ab", "abc", "", "ab", "abc"), ("x", "y", "", "x", "y"), ("", "abc", "", "", "abc"),
    ("don't", "don", "", "don't", "don"), ("A:  b", "A:  c", "A:", "  b", "  c"),
    ("naïve été", "naïve eté", "naïve", " été", " eté"), ("e\u{301}a", "e\u{301}b", "", "e\u{301}a", "e\u{301}b"),
    ("天空是蓝色", "天空是绿色", "天空是", "蓝色", "绿色"), ("Q: a\nA: b", "Q: a\nA: c", "Q: a\nA:", " b", " c"),
  ])
  func pairsWithoutAPromptShareWholeWords(chosen: String, rejected: String, prompt: String, c: String, r: String) throws
  {
    let parts = try #require(ImplicitPrompt.word.parts(chosen, rejected))
    #expect(parts.prompt == prompt)
    #expect(parts.chosen == c)
    #expect(parts.rejected == r)
    // No answer is empty unless the text is.
    #expect(chosen.isEmpty || !parts.chosen.isEmpty)
    #expect(rejected.isEmpty || !parts.rejected.isEmpty)
  }

  @Test(arguments: [
    ("The sky is blue.", "The sky is green.", "The sky is", " blue.", " green."),
    ("The sun is in the sky.", "The sun is in the sea.", "The sun is in the s", "ky.", "ea."),
    ("ab", "abc", "a", "b", "bc"), ("x", "y", "", "x", "y"), ("", "abc", "", "", "abc"),
    (" a ", "b", "", " a ", "b"), ("naïve été", "naïve eté", "naïve", " été", " eté"),
  ])
  func asTRLPairsShareCharacters(chosen: String, rejected: String, prompt: String, c: String, r: String) throws {
    let parts = try #require(ImplicitPrompt.trl.parts(chosen, rejected))
    #expect(parts.prompt == prompt)
    #expect(parts.chosen == c)
    #expect(parts.rejected == r)
  }

  @Test func anExplicitPromptIsTakenAsItIs() throws {
    let read = try examples(#"{"prompt": "p", "chosen": "p a", "rejected": "p b", "score": 1.5}"#, as: .pairs)
    #expect(read[0].prompt == "p")
    #expect(read[0].chosen == "p a")
    #expect(read[0].columns.map(\.key) == ["score"])
  }

  @Test(arguments: [
    (
      "", Dataset.Kind.prompts,
      #"data.jsonl: the file is empty; write one JSON object per line, such as {"prompt": "The sky is"}"#
    ),
    (
      "\u{feff}\r\n \n", .pairs,
      "data.jsonl: the file is empty; write one JSON object per line, such as "
        + #"{"prompt": "The sky is", "chosen": " blue.", "rejected": " green."}"#
    ),
    ("[1]", .prompts, #"data.jsonl:1:2: each line must hold one JSON object, such as {"prompt": "The sky is"}"#),
    (
      "\n{\"promt\": \"x\"}", .prompts,
      "data.jsonl:2:1: the example needs the key 'prompt'; did you mean 'prompt' where it says 'promt'?"
    ),
    (
      #"{"prompt": "x"}"#, .completions,
      "data.jsonl:1:1: the example needs the key 'completion'; it has 'prompt'; a line reads "
        + #"{"prompt": "The sky is", "completion": " blue."}, or {"text": "The sky is blue."}, or a conversation in the column 'messages'"#
    ),
    (
      #"{"prompt": "x", "completion": "y"}"#, .judgements,
      "data.jsonl:1:1: the example needs the key 'label'; it has 'prompt', 'completion'; a line reads "
        + #"{"prompt": "The sky is", "completion": " blue.", "label": true}"#
    ),
    (
      #"{"prompt": "x", "completion": "y", "label": "good"}"#, .judgements,
      "data.jsonl:1:45: label must be true or false, found the string 'good'"
    ),
    (#"{"prompt": 5}"#, .prompts, "data.jsonl:1:12: prompt must be a string, found the number 5"),
    (#"{"prompt": "x", "y": NaN}"#, .prompts, "data.jsonl:1:22: NaN is no JSON number: numbers must be finite"),
    (
      #"{"prompt": "x", "group": 1.5}"#, .prompts, "data.jsonl:1:26: group must be a whole number, found the number 1.5"
    ),
    (
      "{\n\"prompt\": \"x\"}", .prompts,
      "data.jsonl:1:2: expected a key in double quotes, found the end of the line; "
        + "each line must hold one whole JSON object"
    ),
    (
      #"{"prompt": "x"} {"#, .prompts,
      "data.jsonl:1:17: expected the end of the line, found '{'; each line must hold one whole JSON object"
    ),
    (#"{"prompt": "x", "prompt": "y"}"#, .prompts, "data.jsonl:1:17: the key 'prompt' appears twice, first at 1:2"),
    (
      #"{"chosen": "a", "rejected": "a"}"#, .pairs,
      "data.jsonl:1:1: chosen and rejected are the same, so that no prompt can be told from them"
    ),
    (
      #"{"messages": [{"role": "user", "content": "x"}]}"#, .completions,
      "data.jsonl:1:14: messages is a conversation, "
        + "a list of messages, and there is no chat template to read it with: give --model a folder that has chat_template.jinja"
    ),
    (
      #"{"prompt": [{"role": "user", "content": "x"}]}"#, .prompts,
      "data.jsonl:1:12: prompt is a conversation, "
        + "a list of messages, and there is no chat template to read it with: give --model a folder that has chat_template.jinja"
    ),
  ])
  func errorsSayWhereAndWhatToDo(text: String, kind: Dataset.Kind, expected: String) {
    #expect(message(text, as: kind) == expected)
  }

  @Test func aKeyTwiceIsLocatedInTheFile() {
    #expect(
      message("\n" + #"{"a": 1, "prompt": "x", "a": "y"}"#, as: .prompts)
        == "data.jsonl:2:25: the key 'a' appears twice, first at 2:2")
  }

  @Test func noBytesCrash() {
    var random = SystemRandomNumberGenerator()
    let seed = Array(#"{"prompt": "a\u00e9", "chosen": "b", "rejected": [1e5, {}], "group": null}"#.utf8)
    for _ in 0..<300 {
      var bytes = seed + [10] + seed
      for _ in 0..<3 {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      for kind in Dataset.Kind.allCases {
        _ = try? DatasetReader(path: "x", kind: kind).examples(bytes)
      }
    }
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    #expect(throws: TrainingError(.missingInput, "/nowhere/x.jsonl: there is no such file")) {
      try Dataset.read("/nowhere/x.jsonl", as: .prompts)
    }
    let error = #expect(throws: TrainingError.self) { try Dataset.read("owner/data", as: .prompts) }
    #expect(error?.message.contains("hf download --repo-type dataset owner/data") == true)
    let path = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID()).jsonl").path
    try Data(#"{"prompt": "x"}"#.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try Dataset.read(path, as: .prompts).examples.map(\.source) == [path])
  }

  @Test func aSplitIsDisjointCompleteAndRepeatable() throws {
    let whole = Dataset(
      name: "x", kind: .prompts, examples: (1...50).map { Example(prompt: "\($0)", source: "x", line: $0) })
    let (training, heldOut) = try whole.split(heldOut: 10, seed: 3)
    #expect(heldOut.examples.count == 10)
    #expect((training.examples + heldOut.examples).map(\.line).sorted() == Array(1...50))
    #expect(heldOut.examples.map(\.line) == heldOut.examples.map(\.line).sorted())
    #expect(try whole.split(heldOut: 10, seed: 3).heldOut.examples.map(\.line) == heldOut.examples.map(\.line))
    #expect(try whole.split(heldOut: 10, seed: 4).heldOut.examples.map(\.line) != heldOut.examples.map(\.line))
    #expect(throws: TrainingError(.usage, "x: 50 of 50 examples cannot be held out; from 0 to 49 can")) {
      try whole.split(heldOut: 50, seed: 3)
    }
  }
}
