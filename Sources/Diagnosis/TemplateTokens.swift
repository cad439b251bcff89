import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// Special tokens where a chat template would not have put them, or missing where it would.
  static let templateTokens = Puzzle(name: "template-tokens") { patient in
    guard let batch = patient.batch else { return nil }
    let texts = batch.contents.texts
    guard texts.count >= 2 else { return nil }
    return doubledBeginning(patient, texts) ?? beginningInResponse(patient, texts) ?? foreignTurns(
      patient, batch, texts)
      ?? missingEnd(patient, batch, texts)
  }

  /// Prompts that begin twice: the template writes what the tokenizer adds once more.
  private static func doubledBeginning(_ patient: Examination, _ texts: [LearnedText]) -> Finding? {
    func doubled(_ text: LearnedText) -> String? {
      SpecialTokens.beginnings.first { text.prompt.hasPrefix($0 + $0) }
    }
    let found = texts.compactMap { doubled($0) }
    guard let token = found.first, 2 * found.count >= texts.count else { return nil }
    return finding(
      patient, .bug, "\(found.count) of \(texts.count) prompts begin with \(token) twice",
      """
      The chat template has written it, and the tokenizer has added another one. A model has never seen a text begin so, and what is \
      trained here differs from what is served.
      """,
      "Tokenize what a template wrote with add_special_tokens=False, or let apply_chat_template tokenize.")
  }

  /// Responses that begin as whole texts do: their prompt and they were tokenized apart.
  private static func beginningInResponse(_ patient: Examination, _ texts: [LearnedText]) -> Finding? {
    let found = texts.filter { text in text.tokens.first.map { SpecialTokens.beginnings.contains($0) } ?? false }
    guard let token = found.first?.tokens.first, 2 * found.count >= texts.count,
      found.contains(where: { !$0.prompt.isEmpty })
    else { return nil }
    return finding(
      patient, .bug, "\(found.count) of \(texts.count) responses begin with \(token)",
      """
      Prompt and response were tokenized apart, and the tokenizer began each of them as a text of its own. The policy is asked for a \
      token that never stands there, and learns to write it after every prompt.
      """,
      "Tokenize responses with add_special_tokens=False, or prompt and response as one text.")
  }

  /// What the template writes between turns stands within what is learned from.
  private static func foreignTurns(_ patient: Examination, _ batch: Batch, _ texts: [LearnedText]) -> Finding? {
    let found = texts.enumerated().filter { i, text in
      text.tokens.indices.contains { t in
        SpecialTokens.turns.contains { $0.begin == text.tokens[t] } && !patient.trace.isLeftOut(i, t, at: patient.end)
      }
    }
    // Policies that sample may write such a token now and then.
    guard !found.isEmpty, 2 * found.count >= texts.count else { return nil }
    let (i, first) = (found[0].offset, found[0].element)
    let token = first.tokens.first { token in SpecialTokens.turns.contains { $0.begin == token } } ?? ""
    return finding(
      patient, .caution, "\(found.count) of \(texts.count) responses hold \(token), which begins a turn, and it counts",
      """
      \(batch.algorithm.samples ? "Response" : "Example") \(i) is learned from with what the template writes before a turn and, it \
      seems, with other speakers' turns. The policy learns to write its users' questions, or to go on after its own end.
      """,
      batch.algorithm.samples
        ? """
        Let the engine stop at the token that ends a turn (stop_token_ids, eos_token_id of generation_config), and give loss_mask 0 \
        to whatever the policy did not write.
        """
        : "Learn from the answer alone: assistant_only_loss or completion_only_loss, and cut the prompt off at its last token."
    )
  }

  /// Demonstrations that never end, in a template that ends each turn.
  private static func missingEnd(_ patient: Examination, _ batch: Batch, _ texts: [LearnedText]) -> Finding? {
    guard !batch.algorithm.samples, texts.count >= 4 else { return nil }
    let turn = SpecialTokens.turns.first { turn in
      texts.contains { $0.tokens.contains(turn.begin) || $0.prompt.holds(turn.begin) }
    }
    guard let turn, !texts.contains(where: { $0.tokens.contains(where: SpecialTokens.ends.contains) }) else {
      return nil
    }
    return finding(
      patient, .caution, "No response of \(texts.count) ends: \(turn.end) is nowhere",
      """
      The prompts are written in a template that ends each turn with \(turn.end), and none of the responses has it, or any other end. \
      What is not learned is forgotten: such a model goes on until it is cut off.
      """,
      """
      See that the template writes the end, that it is not cut off, and that it is not masked: where pad_token is the end of text, \
      masking the padding masks it too.
      """)
  }

  private static func finding(
    _ patient: Examination, _ verdict: Finding.Verdict, _ title: String, _ explanation: String, _ advice: String
  ) -> Finding {
    Finding(
      name: "template-tokens", verdict: verdict, title: title, explanation: explanation,
      evidence: patient.evidence(["loss", "min(logp)", "min(chosen_logp)", "count(logp)"], at: patient.end),
      advice: advice, topic: .averaging)
  }
}

/// The special tokens of common tokenizers.
enum SpecialTokens {
  static let beginnings = ["<|begin_of_text|>", "<s>", "<bos>", "<|startoftext|>", "[CLS]"]
  static let ends = [
    "<eos>", "</s>", "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|end_of_text|>",
    "<|eot|>", "<|return|>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>",
  ]
  /// What begins a turn in a chat template, and what ends it.
  static let turns = [
    (begin: "<|im_start|>", end: "<|im_end|>"), (begin: "<|start_header_id|>", end: "<|eot_id|>"),
    (begin: "<start_of_turn>", end: "<end_of_turn>"), (begin: "[INST]", end: "</s>"),
    (begin: "<|user|>", end: "<|end|>"),
  ]
  /// Between what a template sets the answers of tools.
  static let toolAnswers = [
    (begin: "<tool_response>", end: "</tool_response>"), (begin: "<tool_result>", end: "</tool_result>"),
    (begin: "<information>", end: "</information>"), (begin: "<observation>", end: "</observation>"),
    (begin: "[TOOL_RESULTS]", end: "[/TOOL_RESULTS]"),
  ]

  /// Which tokens stand between the marks of a tool's answer, with the marks themselves; a mark may be several tokens.
  static func isOfTool(_ tokens: [String]) -> [Bool] {
    var isOfTool = [Bool](repeating: false, count: tokens.count)
    var text = ""
    var open: (start: Int, end: String)?
    for (t, token) in tokens.enumerated() {
      text += token
      if let mark = open {
        isOfTool[t] = true
        if text.trimmedAtEnd.hasSuffix(mark.end) { open = nil }
      } else if let mark = toolAnswers.first(where: { text.trimmedAtEnd.hasSuffix($0.begin) }) {
        open = (t, mark.end)
        // As many tokens as the mark itself is made of.
        var (place, length) = (t, 0)
        while place >= 0, length < mark.begin.utf8.count {
          isOfTool[place] = true
          length += tokens[place].utf8.count
          place -= 1
        }
      }
    }
    return isOfTool
  }
}

extension String {
  /// Without spaces and line ends behind it.
  fileprivate var trimmedAtEnd: Substring {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}

/// A text that is learned from.
struct LearnedText {
  let prompt: String
  let tokens: [String]
}

extension Batch.Contents {
  /// Every response with its prompt: of a pair both, in the order of the file.
  var texts: [LearnedText] {
    switch self {
    case .pairs(let pairs):
      pairs.flatMap { pair in [pair.chosen, pair.rejected].map { LearnedText(prompt: pair.prompt, tokens: $0.tokens) } }
    case .judgements(let examples): examples.map { LearnedText(prompt: $0.prompt, tokens: $0.tokens) }
    case .demonstrations(let sequences): sequences.map { LearnedText(prompt: $0.prompt, tokens: $0.tokens) }
    case .scoredPairs(let pairs):
      pairs.flatMap { pair in [pair.chosen, pair.rejected].map { LearnedText(prompt: pair.prompt, tokens: $0.tokens) } }
    case .responses, .groups, .baselined, .distilled: sampled.map { LearnedText(prompt: $0.prompt, tokens: $0.tokens) }
    }
  }
}
