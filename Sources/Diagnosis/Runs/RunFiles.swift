public import Documents
import Objectives

// The logs of whole runs that are JSON, read from their text alone: a web page has no files.
extension RunRecord {
  /// Reads a run from the text of its log.
  ///
  ///     try RunRecord(name: "runs/grpo", log: "metrics.jsonl", text: "{\"step\": 1, \"reward\": 0.5}\n", trainer: "grpo")
  ///
  /// - Parameters:
  ///   - name: The run's name.
  ///   - log: The log's name: one that ends in `.json` is read as a trainer's state, any other as JSON lines.
  ///   - text: What stands in it. An incomplete last line, which is still being written, does not count.
  ///   - trainer: The trainer of `gradus train` that made it; nil for another program's.
  public init(name: String, log: String, text: String, trainer: String?) throws(DocumentError) {
    if log.hasSuffix(".json") {
      let fields = try JSONReader.read(PythonJSON.quotingNaN(Array(text.utf8))).object("the trainer's state")
      self.init(
        name: name, source: "trainer_state.json of transformers and TRL",
        total: try fields.optional("max_steps")?.integer("max_steps"),
        rows: try Self.rows(history: fields.required("log_history")))
    } else {
      self.init(name: name, source: "JSON lines of metrics", rows: try Self.rows(lines: text))
    }
    if let trainer { ran(trainer, in: name) }
  }

  /// Says that a trainer of `gradus train` made this run, in a folder.
  public mutating func ran(_ trainer: String, in folder: String) {
    source = "a run of gradus train \(trainer)"
    // What `train reward` makes is a reward model.
    algorithm = Algorithm.named(trainer) ?? Algorithm.named("\(trainer)-model")
    rerun = "gradus train \(trainer) --config \(folder)/config.yaml --output \(folder)-again --record "
  }

  /// The rows of a trainer's state: entries of one step make one, since transformers logs training and evaluation apart.
  ///
  /// - Parameter history: The state's `log_history`.
  public static func rows(history: Document) throws(DocumentError) -> [Row] {
    var values: [Int: [(name: String, value: Double)]] = [:]
    for entry in try history.list("log_history") {
      let fields = try entry.object("an entry of log_history")
      let step = try fields.required("step").integer("step")
      for (name, value) in numbers(fields) where name != "epoch" && !isOfTheClock(name) {
        if values[step]?.contains(where: { $0.name == name }) != true {
          values[step, default: []].append((name, value))
        }
      }
    }
    return values.sorted { $0.key < $1.key }.map { Row(step: $0.key, $0.value) }
  }

  private static func rows(lines text: String) throws(DocumentError) -> [Row] {
    var rows: [Row] = []
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.allSatisfy({ $0 <= UInt8(ascii: " ") }) {
      do throws(DocumentError) {
        let fields = try JSONReader.read(PythonJSON.quotingNaN(Array(line))).object("a line of metrics")
        rows.append(Row(step: try fields.required("step").integer("step"), numbers(fields)))
      } catch {
        if number == lines.count - 1 { continue }
        throw DocumentError(line: number + 1, column: error.column, message: error.message)
      }
    }
    return rows
  }

  /// The members that are numbers, of which Python writes some by name; null stands for NaN.
  private static func numbers(_ fields: Fields) -> [(name: String, value: Double)] {
    var numbers: [(name: String, value: Double)] = []
    for member in fields.members where member.key != "step" {
      switch member.value.value {
      case .number(let number): numbers.append((member.key, number))
      case .null: numbers.append((member.key, .nan))
      case .string(let text): if let number = PythonJSON.number(text) { numbers.append((member.key, number)) }
      default: continue
      }
    }
    return numbers
  }

  /// `train_runtime` and the like describe the whole run, at its last step, and say nothing about the model.
  private static func isOfTheClock(_ name: String) -> Bool {
    name == "total_flos" || name == "train_loss"
      || ["_runtime", "_samples_per_second", "_steps_per_second"].contains { name.hasSuffix($0) }
  }
}
