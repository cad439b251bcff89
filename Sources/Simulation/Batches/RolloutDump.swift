public import Documents
import Objectives

/// Responses with their rewards, as verl and OpenRLHF write them: an object per line, of texts and numbers alone.
///
/// It has neither tokens nor log-probabilities, so it opens as a batch from which nothing was learned: with rewards,
/// groups and advantages, but without a loss.
///
/// - verl 0.10, `trainer.rollout_data_dir` and `validation_data_dir`: `_write_generations` in
///   `verl/trainer/ppo/ray_trainer.py` writes `input`, `output`, `gts`, `score`, `step` and what the reward function adds
///   to `STEP.jsonl`; `_log_rollout_data` in `verl/trainer/ppo/v1/trainer_base.py` adds `uid`, `SAMPLE_ROLLOUT_OUTPUT`.
/// - OpenRLHF up to 0.9, `python -m openrlhf.cli.batch_inference --eval_task rm`: `batch_rm_inference` writes `input`,
///   `output` and `reward`, and with `--post_processor iter_dpo` (`iterative_dpo_processor` in
///   `openrlhf/utils/processor.py`) `prompt`, `chosen`, `chosen_reward`, `rejected` and `rejected_reward`.
public struct RolloutDump {
  /// Whose lines they are.
  public enum Writer: String, Sendable {
    case verl
    case openRLHF = "OpenRLHF"
  }

  public let writer: Writer
  public let batch: Batch

  /// Reads a dump; what is wrong in it is reported with its line and column.
  public init(_ bytes: [UInt8]) throws(DocumentError) {
    let lines = try Self.lines(bytes)
    guard let first = lines.first else {
      throw DocumentError(
        line: 1, column: 1, message: "the file is empty: it must have one response with its score per line")
    }
    writer = try first.read { fields throws(DocumentError) in try Self.writer(of: fields, first.document) }
    let isPaired = try first.read { fields throws(DocumentError) in fields.optional("chosen") != nil }
    batch = isPaired ? try Self.pairs(lines) : try Self.groups(lines, writer)
  }

  // MARK: Lines

  /// One line, and its number in the file.
  private struct Line {
    let document: Document
    let number: Int

    /// Reads the line's object; what is wrong has the place in the file.
    func read<Value>(_ body: (Fields) throws(DocumentError) -> Value) throws(DocumentError) -> Value {
      do throws(DocumentError) {
        return try body(document.object("a line"))
      } catch {
        throw error.moved(byLines: number - 1)
      }
    }
  }

  private static func lines(_ bytes: [UInt8]) throws(DocumentError) -> [Line] {
    var lines: [Line] = []
    let texts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (n, text) in texts.enumerated() where !text.allSatisfy({ " \t\r".utf8.contains($0) }) {
      do throws(DocumentError) {
        lines.append(Line(document: try JSONReader.read(Array(text)), number: n + 1))
      } catch {
        let isOpen = n == texts.count - 1 && text.last != UInt8(ascii: "}")
        let hint = isOpen ? "; this line may still be being written" : ""
        throw DocumentError(line: error.line, column: error.column, message: error.message + hint).moved(byLines: n)
      }
    }
    return lines
  }

  private static func writer(of fields: Fields, _ line: Document) throws(DocumentError) -> Writer {
    if fields.optional("score") != nil { return .verl }
    if fields.optional("reward") != nil || fields.optional("chosen_reward") != nil { return .openRLHF }
    let keys = fields.members.map { "'\($0.key)'" }.joined(separator: ", ")
    throw line.error(
      "a line of verl has 'input', 'output' and 'score', one of OpenRLHF 'input', 'output' and 'reward'; here are "
        + (keys.isEmpty ? "no keys" : keys))
  }

  // MARK: Responses

  private static func groups(_ lines: [Line], _ writer: Writer) throws(DocumentError) -> Batch {
    var group = Batch.GroupBatch(sequences: [], groups: [])
    group.hasWords = true
    var numbers: [String: Int] = [:]
    var step: Double?
    let shared = try Self.sharedIdentifiers(lines)
    for line in lines {
      let (key, sequence) = try line.read { fields throws(DocumentError) in
        if let field = fields.optional("step") { try Self.require(&step, field) }
        return try Self.response(fields, writer, shared: shared)
      }
      let number = numbers[key] ?? group.groups.count
      if number == group.groups.count {
        numbers[key] = number
        group.groups.append(Batch.GroupBatch.Group(name: "\(number)"))
      }
      group.sequences.append(sequence)
      group.sequences[group.sequences.count - 1].group = number
    }
    let title = step.map { "\(writer.rawValue), step \(NumberText.full($0)): rewards" } ?? "\(writer.rawValue): rewards"
    var batch = Batch(title: title, settings: Settings(), contents: .groups(group))
    batch.minibatch = []
    return batch
  }

  /// A file is one step: answers of several policies must not be compared with each other.
  private static func require(_ step: inout Double?, _ field: Document) throws(DocumentError) {
    let own = try field.number("step")
    if let step, step != own {
      throw field.error(
        "step \(NumberText.full(own)) begins here, and step \(NumberText.full(step)) came before: a file must "
          + "hold one step")
    }
    step = own
  }

  /// A response, and what the answers to the same prompt have in common.
  private static func response(
    _ fields: Fields, _ writer: Writer, shared: Set<String>
  ) throws(DocumentError) -> (String, Batch.GroupBatch.Sequence) {
    let prompt = try fields.required("input").string("input")
    let reward = writer == .verl ? "score" : "reward"
    let sequence = Batch.GroupBatch.Sequence(
      prompt: prompt, tokens: words(try fields.required("output").string("output")), group: 0,
      reward: try fields.required(reward).number(reward), logp: [], oldLogp: [])
    let own = identifier(of: fields).flatMap { shared.contains($0) ? $0 : nil }
    return (own ?? sample(of: fields) ?? prompt, sequence)
  }

  private static func identifier(of fields: Fields) -> String? {
    guard case .string(let uid)? = fields.optional("uid")?.value else { return nil }
    return uid
  }

  /// The `uid`s that several lines have: lines with the same one are a group, even if other lines have the same prompt.
  private static func sharedIdentifiers(_ lines: [Line]) throws(DocumentError) -> Set<String> {
    var (seen, shared): (Set<String>, Set<String>) = ([], [])
    for line in lines {
      let own = try line.read { fields throws(DocumentError) in identifier(of: fields) }
      if let own, !seen.insert(own).inserted { shared.insert(own) }
    }
    return shared
  }

  /// `7` of verl's uid `7_3_0`: the prompt's number; nil for any other text.
  private static func sample(of fields: Fields) -> String? {
    guard let uid = identifier(of: fields) else { return nil }
    let parts = uid.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.suffix(2).allSatisfy({ Int($0) != nil }) else { return nil }
    return parts.dropLast(2).joined(separator: "_")
  }

  // MARK: Pairs

  private static func pairs(_ lines: [Line]) throws(DocumentError) -> Batch {
    var pairs: [Batch.RewardPair] = []
    for line in lines {
      pairs.append(
        try line.read { fields throws(DocumentError) in
          func response(_ name: String) throws(DocumentError) -> Batch.RewardResponse {
            Batch.RewardResponse(
              tokens: words(try fields.required(name).string(name)),
              score: try fields.required("\(name)_reward").number("\(name)_reward"))
          }
          return Batch.RewardPair(
            prompt: try fields.required("prompt").string("prompt"), chosen: try response("chosen"),
            rejected: try response("rejected"))
        })
    }
    // Its loss is Bradley-Terry's alone.
    let settings = Settings([(.centerRewards, .number(0))])
    return Batch(title: "OpenRLHF: scored pairs", settings: settings, contents: .scoredPairs(pairs))
  }

  /// A text as words to read: the file does not say how a tokenizer would cut it.
  private static func words(_ text: String) -> [String] {
    let words = text.split(whereSeparator: { $0.isWhitespace }).map { String($0) }
    return words.isEmpty ? [""] : words
  }
}

extension DocumentError {
  fileprivate func moved(byLines count: Int) -> DocumentError {
    DocumentError(line: line + count, column: column, message: message)
  }
}
