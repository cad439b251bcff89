import Documents
import Formats
import Foundation
import Testing

@testable import Training

/// Conversations as rows of data, read by a chat template: TRL's conversational formats.
@Suite struct ConversationTests {
  private static let chatML =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
  /// As Qwen3's: a thought stands before the last answer alone.
  private static let thinking =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if loop.last and m.role == 'assistant' %}<think></think>{% endif %}"
    + "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
  private static let marked =
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"

  private func examples(
    _ rows: String, as kind: Dataset.Kind, template: String = chatML, findsAnswers: Bool = false
  ) throws -> [Example] {
    let folder = try ScratchFolder()
    try Data(template.utf8).write(to: URL(filePath: "\(folder.path)/chat_template.jinja"))
    try Data(#"{"bos_token": {"content": "<s>"}}"#.utf8).write(
      to: URL(filePath: "\(folder.path)/tokenizer_config.json"))
    let chat = try #require(try ChatFormat.read(folder.path))
    let reader = DatasetReader(path: "data.jsonl", kind: kind, chat: chat, findsAnswers: findsAnswers)
    return try reader.examples(Array(rows.utf8))
  }

  private static let user = #"{"role": "user", "content": "Hi"}"#
  private static func assistant(_ text: String) -> String { #"{"role": "assistant", "content": "\#(text)"}"# }
  private static let prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"

  @Test func aPromptEndsWhereTheAssistantAnswers() throws {
    let read = try examples(#"{"prompt": [\#(Self.user)], "answer": "4"}"#, as: .prompts)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].columns.map(\.key) == ["answer"])
  }

  @Test func aBegunAnswerIsContinued() throws {
    let read = try examples(#"{"prompt": [\#(Self.user), \#(Self.assistant("Well,"))]}"#, as: .prompts)
    #expect(read[0].prompt == Self.prompt + "Well,")
  }

  @Test func aCompletionIsWhatTheTextHasBeyondThePrompt() throws {
    let read = try examples(
      #"{"prompt": [\#(Self.user)], "completion": [\#(Self.assistant("Yo"))]}"#, as: .completions)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].completion == "Yo<|im_end|>\n")
    #expect(read[0].isConversation)
  }

  @Test(arguments: [
    #"{"prompt": [\#(user)], "chosen": [\#(assistant("A"))], "rejected": [\#(assistant("B"))]}"#,
    #"{"chosen": [\#(user), \#(assistant("A"))], "rejected": [\#(user), \#(assistant("B"))]}"#,
  ])
  func aPairSharesItsPrompt(_ row: String) throws {
    let read = try examples(row, as: .pairs)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].chosen == "A<|im_end|>\n" && read[0].rejected == "B<|im_end|>\n")
    let judged = try examples(row, as: .judgements)
    #expect(
      judged.map(\.completion) == ["A<|im_end|>\n", "B<|im_end|>\n"] && judged.map(\.isDesirable) == [true, false])
    let imitated = try examples(row, as: .completions)
    #expect(imitated[0].prompt == Self.prompt && imitated[0].completion == "A<|im_end|>\n")
  }

  /// As DeepSeek-R1's: a thought is begun in the generation prompt, and the conversation has none.
  @Test func aPromptEndsWhereTheConversationParts() throws {
    let template = Self.chatML.replacing("assistant\n{% endif %}", with: "assistant\n<think>\n{% endif %}")
    let rows = [
      #"{"prompt": [\#(Self.user)], "completion": [\#(Self.assistant("Yo"))]}"#,
      #"{"prompt": [\#(Self.user)], "chosen": [\#(Self.assistant("Yo"))], "rejected": [\#(Self.assistant("No"))]}"#,
    ]
    let read = try examples(rows[0], as: .completions, template: template)[0]
    #expect(read.prompt == Self.prompt && read.completion == "Yo<|im_end|>\n")
    let pair = try examples(rows[1], as: .pairs, template: template)[0]
    #expect(pair.prompt == Self.prompt && pair.chosen == "Yo<|im_end|>\n" && pair.rejected == "No<|im_end|>\n")
    #expect(try examples(rows[1], as: .prompts, template: template)[0].prompt == Self.prompt + "<think>\n")
  }

  @Test func aConversationIsAskedWithoutItsAnswer() throws {
    let row = #"{"messages": [\#(Self.user), \#(Self.assistant("Yo"))]}"#
    #expect(try examples(row, as: .prompts)[0].prompt == Self.prompt)
    // A prompt that ends with the assistant's words is to be continued, as in TRL.
    let begun = #"{"prompt": [\#(Self.user), \#(Self.assistant("Yo"))]}"#
    #expect(try examples(begun, as: .prompts)[0].prompt == Self.prompt + "Yo")
  }

  private static let turns =
    #"{"messages": [\#(user), \#(assistant("Yo é")), \#(user), \#(assistant("So"))]}"#

  @Test(arguments: [chatML, thinking, marked])
  func theAnswersOfAConversationAreFound(_ template: String) throws {
    let read = try examples(Self.turns, as: .completions, template: template, findsAnswers: true)
    let text = Array((read[0].completion ?? "").utf8)
    let answers = try #require(read[0].answers).map { String(decoding: text[$0], as: UTF8.self) }
    switch template {
    case Self.chatML: #expect(answers == ["Yo é<|im_end|>", "So<|im_end|>"])
    case Self.thinking: #expect(answers == ["Yo é<|im_end|>", "<think></think>So<|im_end|>"])
    default: #expect(answers == ["Hi", "Yo é", "Hi", "So"])
    }
    #expect(try examples(Self.turns, as: .completions, template: template)[0].answers == nil)
  }

  @Test func anErrorNamesRowAndTemplate() throws {
    func message(_ row: String, as kind: Dataset.Kind, template: String = Self.chatML) -> String {
      do {
        _ = try examples(row, as: kind, template: template)
        return ""
      } catch {
        return (error as? TrainingError)?.message ?? "\(error)"
      }
    }
    #expect(
      message(Self.turns, as: .completions, template: "{{ raise_exception('no') }}")
        .contains("chat_template.jinja:1:19: no"))
    #expect(
      message(#"{"messages": [{"content": "x"}]}"#, as: .completions).contains(
        "data.jsonl:1:15: a message needs the key 'role'"))
    #expect(message(#"{"messages": []}"#, as: .completions).contains("messages must have at least one message"))
    #expect(
      message(
        #"{"chosen": [\#(Self.user)], "rejected": [\#(Self.user)]}"#, as: .pairs
      ).contains("chosen and rejected are the same"))
  }

  @Test func withoutATemplateAConversationIsRefused() throws {
    let reader = DatasetReader(path: "data.jsonl", kind: .completions)
    #expect(
      throws: TrainingError(
        .badData,
        "data.jsonl:1:14: messages is a conversation, a list of messages, and there is no chat template to read it with: "
          + "give --model a folder that has chat_template.jinja")
    ) { try reader.examples(Array(Self.turns.utf8)) }
  }

  private static let call = #"{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "add"}}]}"#
  private static let thought = #"{"role": "assistant", "content": "5", "reasoning_content": "two and three"}"#
  private static let tools = #"[{"type": "function", "function": {"name": "add"}}]"#
  /// Writes what `chatML` leaves out.
  private static let talkative =
    "{{ tools | tojson }}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.reasoning_content }}{{ m.content }}"
    + "{{ m.tool_calls | tojson if m.tool_calls }}<|im_end|>\n{% endfor %}"
    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

  /// What a template does not write is known, in whatever column it stands.
  @Test(arguments: [
    (#"{"messages": [\#(user), \#(call)], "tools": \#(tools)}"#, Dataset.Kind.completions, ["tool_calls", "tools"]),
    (#"{"prompt": [\#(user)], "completion": [\#(thought)]}"#, .completions, ["reasoning_content"]),
    (#"{"prompt": [\#(user), \#(call), \#(user)]}"#, .prompts, ["tool_calls"]),
    (
      #"{"prompt": [\#(user)], "chosen": [\#(assistant("5"))], "rejected": [\#(thought)]}"#, .pairs,
      ["reasoning_content"]
    ),
    (turns, .completions, []),
    (#"{"messages": [\#(user), \#(assistant("5"))], "tools": []}"#, .completions, []),
  ])
  func whatTheTemplateLeavesOut(row: String, kind: Dataset.Kind, lost: [String]) throws {
    let conversation = try #require(try examples(row, as: kind)[0].conversation)
    #expect(conversation.unwritten == lost)
    #expect(!conversation.isSilent)
    #expect(try examples(row, as: kind, template: Self.talkative)[0].conversation?.unwritten == [])
  }

  @Test func anAnswerThatSaysNothing() throws {
    let silent = #"{"messages": [\#(Self.user), \#(Self.assistant(""))]}"#
    #expect(try examples(silent, as: .completions)[0].conversation?.isSilent == true)
    // It is not learned.
    #expect(try examples(silent, as: .prompts)[0].conversation?.isSilent == false)
    #expect(try examples(Self.turns, as: .completions)[0].conversation?.isSilent == false)
  }

  /// TRL's trainers read JSON in a string, too.
  @Test func toolsMayBeAString() throws {
    let text = Self.tools.replacing("\"", with: "\\\"")
    let (list, string) = ("\(Self.tools)", "\"\(text)\"")
    let read = try [list, string, "null", "\"null\""].map { tools in
      try examples(
        #"{"messages": [\#(Self.user), \#(Self.call)], "tools": \#(tools)}"#, as: .completions,
        template: Self.talkative)[0].completion
    }
    #expect(read[0] == read[1] && read[0]?.contains(#""name": "add""#) == true)
    #expect(read[2] == read[3] && read[2] != read[0])
    let error = #expect(throws: TrainingError.self) {
      try examples(#"{"messages": [\#(Self.user)], "tools": "[1,"}"#, as: .completions)
    }
    #expect(error?.message.contains("tools as JSON: ") == true)
  }

  /// UltraFeedback has the prompt as text beside whole conversations.
  @Test func aPromptInWordsIsThatOfTheMessages() throws {
    let messages =
      #"{"chosen": [\#(Self.user), \#(Self.assistant("A"))], "rejected": [\#(Self.user), \#(Self.assistant("B"))]}"#
    let both = messages.replacing(#"{"chosen""#, with: #"{"prompt": "Hi", "chosen""#)
    for kind in [Dataset.Kind.pairs, .judgements, .completions, .prompts] {
      let (with, without) = (try examples(both, as: kind), try examples(messages, as: kind))
      #expect(with.map(\.prompt) == without.map(\.prompt) && with[0].prompt == Self.prompt)
      #expect(with.map(\.completion) == without.map(\.completion) && with.map(\.chosen) == without.map(\.chosen))
      #expect(with[0].columns.isEmpty)
    }
    let repeated = messages.replacing(#"{"chosen""#, with: #"{"prompt": [\#(Self.user)], "chosen""#)
    #expect(try examples(repeated, as: .pairs)[0].conversation?.repeatsPrompt == true)
    #expect(try examples(both, as: .pairs)[0].conversation?.repeatsPrompt == false)
  }

  /// UltraChat has the first question as text beside the conversation.
  @Test func aPromptInWordsBesideMessagesIsTheirs() throws {
    let row = #"{"prompt": "Hi", "messages": [\#(Self.user), \#(Self.assistant("A"))]}"#
    let read = try examples(row, as: .completions)
    #expect(read[0].completion == Self.prompt + "A<|im_end|>\n" && read[0].prompt.isEmpty && read[0].columns.isEmpty)
    #expect(try examples(row, as: .prompts)[0].prompt == Self.prompt)
    let empty = try examples(#"{"messages": [], "prompt": "a", "completion": " b"}"#, as: .completions)
    #expect(empty[0].prompt == "a" && empty[0].completion == " b")
  }

  @Test func aSystemMessageBesideAConversationBeginsIt() throws {
    let turns = #""conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "A"}]"#
    let read = try examples(#"{"system": "Be S", \#(turns)}"#, as: .completions)
    #expect(read[0].completion == "<|im_start|>system\nBe S<|im_end|>\n" + Self.prompt + "A<|im_end|>\n")
    #expect(read[0].columns.isEmpty)
    let alpaca = #"{"system": "Be S", "history": [["q", "a"]], "instruction": "Hi", "output": "A"}"#
    #expect(
      try examples(alpaca, as: .completions)[0].prompt
        == "<|im_start|>system\nBe S<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"
        + Self.prompt)
  }

  /// TRL's `SFTTrainer` and `DPOTrainer` learn the words of the answer, and not the head of its turn.
  @Test func anAnswerBehindAnAnswerIsATurnOfItsOwn() throws {
    let row = #"{"prompt": [\#(Self.user), \#(Self.assistant("Hel"))], "completion": [\#(Self.assistant("lo."))]}"#
    let read = try examples(row, as: .completions)
    #expect(
      read[0].prompt == Self.prompt + "Hel<|im_end|>\n<|im_start|>assistant\n"
        && read[0].completion == "lo.<|im_end|>\n")
  }

  @Test(arguments: [chatML, marked])
  func anAnswerOfWeight0IsNotLearned(_ template: String) throws {
    let second = #"{"role": "assistant", "content": "B", "weight": 0}"#
    let row = #"{"messages": [\#(Self.user), \#(Self.assistant("A")), \#(Self.user), \#(second)]}"#
    // This template marks the user's messages, too.
    if template == Self.marked {
      #expect(throws: TrainingError.self) {
        try examples(row, as: .completions, template: template, findsAnswers: true)
      }
      return
    }
    let read = try examples(row, as: .completions, template: template, findsAnswers: true)[0]
    let bytes = Array((read.completion ?? "").utf8)
    #expect(read.answers?.map { String(decoding: bytes[$0], as: UTF8.self) } == ["A<|im_end|>"])
    #expect(read.conversation?.ignoresWeight == false)
    #expect(try examples(row, as: .completions)[0].conversation?.ignoresWeight == true)
  }

  @Test func contentsOfPartsAreNamedWhereATemplateFails() throws {
    let row = #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, \#(Self.assistant("A"))]}"#
    let error = #expect(throws: TrainingError.self) {
      try examples(row, as: .completions, template: "{% for m in messages %}{{ m.role + m.content }}{% endfor %}")
    }
    #expect(error?.message.contains("the content of message 1 is a list of parts") == true, "\(error?.message ?? "")")
  }

  @Test func templatesWithNamesAreThoseOfToolsAndOfTheRest() throws {
    let folder = try ScratchFolder()
    let settings =
      #"{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}"#
    try Data(settings.utf8).write(to: URL(filePath: "\(folder.path)/tokenizer_config.json"))
    let format = try #require(try ChatFormat.read(folder.path))
    let messages = try JSONReader.read(#"[{"role": "user", "content": "x"}]"#).list()
    #expect(try format.render(ChatTemplate.Input(messages: messages)).text == "plain")
    #expect(try format.render(ChatTemplate.Input(messages: messages, tools: [])).text == "tools")
    // As transformers 5 writes them.
    let templates = URL(filePath: folder.path).appending(path: "additional_chat_templates")
    try FileManager.default.createDirectory(at: templates, withIntermediateDirectories: true)
    try Data("alone".utf8).write(to: URL(filePath: "\(folder.path)/chat_template.jinja"))
    try Data("more".utf8).write(to: templates.appending(path: "tool_use.jinja"))
    let files = try #require(try ChatFormat.read(folder.path))
    #expect(try files.render(ChatTemplate.Input(messages: messages)).text == "alone")
    #expect(try files.render(ChatTemplate.Input(messages: messages, tools: [])).text == "more")
  }
}

/// Files in the forms that people have.
@Suite struct DataFileTests {
  private func examples(_ text: String, in name: String, as kind: Dataset.Kind = .completions) throws -> [Example] {
    try DatasetReader(path: name, kind: kind).examples(Array(text.utf8))
  }

  @Test(arguments: [
    ("a.jsonl", #"{"prompt": "a", "completion": "b"}"# + "\n" + #"{"prompt": "c", "completion": "d"}"#),
    ("a.json", "\n[" + #"{"prompt": "a", "completion": "b"},"# + "\n" + #"{"prompt": "c", "completion": "d"}]"#),
    (
      "a.json",
      #"{"version": 1, "data": [{"prompt": "a", "completion": "b"},"# + "\n" + #"{"prompt": "c", "completion": "d"}]}"#
    ),
    ("a.json", #"{"prompt": "a", "completion": "b"}"# + "\n" + #"{"prompt": "c", "completion": "d"}"#),
    ("a.csv", "\u{feff}prompt,completion\r\na,b\r\n\"c\",\"d\"\r\n"),
    ("a.csv", "prompt;completion\na;b\n\"c\";d\n"), ("a.tsv", "prompt\tcompletion\na\tb\n\"c\"\td\n"),
  ])
  func theSameRows(_ name: String, _ text: String) throws {
    let read = try examples(text, in: name)
    #expect(read.map(\.prompt) == ["a", "c"] && read.map(\.completion) == ["b", "d"])
    #expect(read.map(\.line).last.map { $0 >= 2 } == true)
  }

  @Test func aValueOfCSVMayHaveCommasQuotesAndLines() throws {
    let read = try examples("completion,prompt\n\"x, \"\"y\"\"\nz\",p\n", in: "a.csv")
    #expect(read[0].completion == "x, \"y\"\nz" && read[0].prompt == "p")
    let judged = try examples("prompt,completion,label\na,b,True\nc,d,0\n", in: "a.csv", as: .judgements)
    #expect(judged.map(\.isDesirable) == [true, false])
  }

  @Test(arguments: [
    ("a,b\n1\n", "a.csv:2:1: the row has 1 values, the first line 2 names"),
    ("a,b\n\"1,2\n", "a.csv:2:1: the value that begins here has no closing quote"),
    ("a,b\n\"1\"2,3\n", "a.csv:2:4: a separator or the line's end must follow a closing quote"),
    ("a,b\n", "a.csv:1:1: the file has a first line with names, and no row below it"),
  ])
  func brokenCSVIsLocated(_ text: String, _ message: String) {
    #expect(throws: TrainingError(.badData, message)) { try examples(text, in: "a.csv") }
  }

  @Test func gzipIsUnpacked() throws {
    let folder = try ScratchFolder()
    let line = #"{"prompt": "a", "completion": "b"}"# + "\n"
    try AtomicFile.write(line, to: "\(folder.path)/a.jsonl")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "cd \(folder.path) && gzip -k a.jsonl && gzip -c a.jsonl >> a.jsonl.gz"]
    try process.run()
    process.waitUntilExit()
    #expect(try Dataset.read("\(folder.path)/a.jsonl.gz", as: .completions).examples.count == 2)
    try AtomicFile.write([0x1f, 0x8b, 8, 0, 1, 2, 3], to: "\(folder.path)/b.jsonl.gz")
    #expect(throws: TrainingError.self) { try Dataset.read("\(folder.path)/b.jsonl.gz", as: .completions) }
  }

  @Test(
    arguments: [
      ([0x28, 0xb5, 0x2f, 0xfd, 0], "a.jsonl.zst", "zstd -d a.jsonl.zst"),
      ([0xff, 0xfe, 0x7b, 0], "a.jsonl", "iconv -f UTF-16"),
      ([0xff, 0xff, 0xff, 0xff, 0], "a.arrow", "Arrow file; convert it"),
      (Array("Hello".utf8), "a.txt", "is plain text; data are JSON"),
      ([0x50, 0x4b, 3, 4], "a.zip", "unzip a.zip"),
    ] as [([UInt8], String, String)])
  func whatIsNoTextIsToldHowItBecomesOne(_ bytes: [UInt8], _ name: String, _ part: String) {
    let error = #expect(throws: TrainingError.self) { try DatasetReader(path: name, kind: .prompts).examples(bytes) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test func anInstructionIsThePromptOfPairsToo() throws {
    let row = #"{"instruction": "Say hi", "input": "x", "chosen": "Hi", "rejected": "No"}"#
    let read = try examples(row, in: "a.jsonl", as: .pairs)
    #expect(read[0].prompt == "Say hi\n\nx\n\n" && read[0].chosen == "Hi" && read[0].rejected == "No")
    #expect(read[0].columns.isEmpty)
    #expect(try examples(#"{"instruction": "Say hi"}"#, in: "a.jsonl", as: .prompts)[0].prompt == "Say hi\n\n")
  }

  /// GSM8K and Orca's pairs name them so; rewards read the answer by its name.
  @Test(arguments: ["question", "query"]) func aQuestionIsAnInstruction(_ key: String) throws {
    let row = #"{"\#(key)": "1+2?", "answer": "3"}"#
    let learned = try examples(row, in: "a.jsonl")
    #expect(learned[0].prompt == "1+2?\n\n" && learned[0].completion == "3" && learned[0].columns.isEmpty)
    let asked = try examples(row, in: "a.jsonl", as: .prompts)
    #expect(asked[0].prompt == "1+2?\n\n" && asked[0].columns.map(\.key) == ["answer"])
    let pair = #"{"system": "Be S", "\#(key)": "1+2?", "chosen": "3", "rejected": "4"}"#
    let pairs = try examples(pair, in: "a.jsonl", as: .pairs)
    #expect(pairs[0].prompt == "Be S\n\n1+2?\n\n" && pairs[0].chosen == "3" && pairs[0].columns.isEmpty)
    // Beside a prompt it is a column like any other.
    let both = #"{"prompt": "Add.", "\#(key)": "1+2?", "completion": "3"}"#
    #expect(try examples(both, in: "a.jsonl")[0].columns.map(\.key) == [key])
  }

  @Test(arguments: [
    (#"{"question": "1+2?", "answer": "3"}"#, Dataset.Kind.completions), (#"{"question": "1+2?"}"#, .prompts),
    (#"{"prompt": "1+2=", "answer": "3"}"#, .prompts), (#"{"instruction": "Add", "output": "3"}"#, .completions),
    (#"{"query": "1", "chosen": "2", "rejected": "3"}"#, .pairs),
  ])
  func aRowSaysOfWhatKindItIs(row: String, kind: Dataset.Kind) throws {
    #expect(Dataset.Kind(of: try JSONReader.read(row)) == kind)
  }

  @Test func systemAndHistoryStandBeforeAnInstruction() throws {
    let row = #"{"system": "Be S", "history": [["q", "a"]], "instruction": "Say hi", "input": "", "output": "Hi"}"#
    let read = try examples(row, in: "a.jsonl")
    #expect(read[0].prompt == "Be S\n\nq\n\na\n\nSay hi\n\n" && read[0].completion == "Hi" && read[0].columns.isEmpty)
  }

  @Test func labelsMayBeNumbers() throws {
    let rows = [0, 1].map { #"{"prompt": "a", "completion": "b", "label": \#($0)}"# }.joined(separator: "\n")
    #expect(try examples(rows, in: "a.jsonl", as: .judgements).map(\.isDesirable) == [false, true])
  }

  @Test func othersAreNamedWithTheLineThatConverts() {
    #expect {
      try DatasetReader(path: "a.parquet", kind: .prompts).examples(Array("PAR1….".utf8))
    } throws: { error in
      (error as? TrainingError)?.message.contains(
        "is a Parquet file; convert it:  python -c 'from datasets import load_dataset; ") == true
    }
  }

  @Test func instructionsArePrompts() throws {
    let row = #"{"instruction": "Add.", "input": "1 2", "output": "3", "id": 7}"#
    let read = try examples(row, in: "a.jsonl")
    #expect(read[0].prompt == "Add.\n\n1 2\n\n" && read[0].completion == "3")
    #expect(read[0].columns.map(\.key) == ["id"])
  }

  @Test func turnsOfShareGPTAreMessages() throws {
    let row = #"{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}]}"#
    let document = try JSONReader.read(row)
    guard case .object(let members) = document.value else { return }
    let shaped = try RowShapes.members(members, isChat: true, kind: .completions)
    #expect(shaped.map(\.key) == ["messages"])
    #expect(
      shaped.first?.value.json == #"[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]"#
        || shaped.first?.value.json == #"[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yo"}]"#)
    #expect(throws: TrainingError.self) {
      try examples(#"{"conversations": [{"from": "nobody", "value": "Hi"}]}"#, in: "a.jsonl")
    }
  }
}
