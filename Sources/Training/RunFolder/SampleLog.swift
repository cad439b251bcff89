import Documents

/// `samples.jsonl`: texts that the model wrote at some steps.
public final class SampleLog {
  private let log: StepLog
  /// Where the same is written for TensorBoard, if it is.
  var tensorBoard: TensorBoardLog?

  /// Opens a log to append to; lines of steps after `step` are cut off.
  public init(path: String, after step: Int) throws(TrainingError) { log = try StepLog(path: path, after: step) }

  public func append(_ sample: Sample) throws(TrainingError) {
    try log.append(step: sample.step) { json in
      json.key("prompt")
      json.string(sample.prompt)
      json.key("completion")
      json.string(sample.completion)
      if let reward = sample.reward {
        json.key("reward")
        json.number(reward)
      }
    }
    try tensorBoard?.append(sample)
  }

  /// Flushes the log to the disk before a checkpoint refers to it.
  public func synchronize() throws(TrainingError) { try log.synchronize() }

  public static func read(_ path: String) throws(TrainingError) -> [Sample] {
    var samples: [Sample] = []
    for (step, fields) in try StepLog.read(path).lines {
      do throws(DocumentError) {
        samples.append(
          Sample(
            step: step, prompt: try fields.required("prompt").string("prompt"),
            completion: try fields.required("completion").string("completion"),
            reward: try fields.optional("reward")?.number("reward")))
      } catch {
        throw StepLog.located(error, path, line: samples.count + 1)
      }
    }
    return samples
  }

  /// `samples.md`: the same for people, one table per step.
  public static func markdown(_ samples: [Sample]) -> String {
    var lines = ["# Samples"]
    var step: Int?
    for sample in samples {
      if sample.step != step {
        step = sample.step
        lines += ["", "## Step \(sample.step)", "", Sample.markdownHead]
      }
      lines.append(sample.markdownRow)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Sample {
  fileprivate static let markdownHead = "| prompt | completion | reward |\n| --- | --- | ---: |"

  fileprivate var markdownRow: String {
    let reward = reward.map { NumberText.short($0) } ?? ""
    return "| \(SafeText.markdown(prompt)) | \(SafeText.markdown(completion)) | \(reward) |"
  }

  /// The text in a table of its own.
  var markdownTable: String { "\(Self.markdownHead)\n\(markdownRow)\n" }
}
