import Foundation
import Objectives

/// `events.out.tfevents.…`: the metrics once more, for `tensorboard --logdir runs`.
///
/// A program that resumes a run cuts off everything after the checkpoint and begins another file, whose name sorts after the
/// others: a TensorBoard that is started later sees every step once, and one that is already running learns from the new
/// file's first events to forget what it has read.
public final class TensorBoardLog {
  /// The file that is written to.
  public let path: String
  private let descriptor: Int32
  private var (sampleStep, sampleNumber) = (-1, 0)

  /// Opens a log to go on from a step.
  ///
  /// - Parameters:
  ///   - run: The run, with its folder and options.
  ///   - step: The step from which the run goes on: records of later steps are cut off.
  init(_ run: RunDirectory, after step: Int) throws(TrainingError) {
    let old = Self.files(in: run.path)
    let isBeginning = try Self.cut(old, after: step) == 0
    path = run.path + "/" + Self.name(after: old.last)
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(path) }
    try append(TensorBoardEvent.fileVersion)
    try append { TensorBoardEvent.start(time: $0, step: step + 1) }
    if isBeginning { try append { TensorBoardEvent.hyperparameters(time: $0, run.configuration.hyperparameters) } }
    let told = run.configuration.yaml.split(separator: "\n").map { "    \($0)\n" }.joined()
    try append { TensorBoardEvent.text(time: $0, step: max(0, step), tag: "config", told) }
  }

  deinit { close(descriptor) }

  /// Writes the numbers of a step as one record.
  func append(step: Int, _ values: [MetricValue]) throws(TrainingError) {
    try append { TensorBoardEvent.scalars(time: $0, step: step, values) }
  }

  /// Writes a text of the model; the first of each step goes to `samples/1`, so that a prompt keeps its place.
  func append(_ sample: Sample) throws(TrainingError) {
    sampleNumber = sample.step == sampleStep ? sampleNumber + 1 : 1
    sampleStep = sample.step
    let (step, tag) = (sample.step, "samples/\(sampleNumber)")
    try append { TensorBoardEvent.text(time: $0, step: step, tag: tag, sample.markdownTable) }
  }

  func synchronize() throws(TrainingError) { try RunFile.synchronize(path) }

  private func append(_ event: (Double) -> [UInt8]) throws(TrainingError) {
    try RunFile.append(TFRecord.framed(event(Date().timeIntervalSince1970)), to: descriptor, path)
  }

  // MARK: Files

  static let filePrefix = "events.out.tfevents."

  private static func files(in folder: String) -> [String] {
    RunFile.entries(folder).filter { $0.hasPrefix(filePrefix) }.map { "\(folder)/\($0)" }
  }

  /// Cuts off later steps and an incomplete record. Returns how many files remain.
  private static func cut(_ files: [String], after step: Int) throws(TrainingError) -> Int {
    var remaining = 0
    for file in files {
      let bytes = try RunFile.read(file)
      let length = length(of: bytes, through: step)
      if length == 0 {
        RunFile.remove(file)
      } else {
        remaining += 1
        if length < bytes.count, truncate(file, off_t(length)) != 0 { throw RunFile.unwritable(file) }
      }
    }
    return remaining
  }

  /// The bytes of the records up to a step; 0 if only the header that every file has would be left.
  private static func length(of file: [UInt8], through step: Int) -> Int {
    var (end, count) = (0, 0)
    while let record = TFRecord.payload(in: file, at: end), let own = TensorBoardEvent.step(of: record.payload),
      own <= step
    {
      end = record.end
      count += 1
    }
    return count > 1 ? end : 0
  }

  /// `events.out.tfevents.1764079534.host.4711.0`: seconds, machine, process; TensorBoard reads a run's files in this order.
  private static func name(after last: String?) -> String {
    let earlier = last.flatMap { $0.split(separator: "/").last?.split(separator: ".") } ?? []
    let least = earlier.count > 3 ? (Int(earlier[3]) ?? 0) + 1 : 0
    let seconds = String(max(Int(Date().timeIntervalSince1970), least))
    let zeros = String(repeating: "0", count: max(0, 10 - seconds.count))
    return "\(filePrefix)\(zeros)\(seconds).\(HostName.own).\(getpid()).0"
  }
}

extension RunConfiguration {
  /// The options that decide the run's result, without those that are off.
  fileprivate var hyperparameters: [(name: String, value: TensorBoardEvent.Hyperparameter)] {
    let options = AnyTrainingOption.all(for: trainer).filter(\.decidesWeights).compactMap { option in
      switch settings[option] {
      case .none: nil as (name: String, value: TensorBoardEvent.Hyperparameter)?
      case .integer(let value): (option.name, .number(Double(value)))
      case .number(let value): (option.name, .number(value))
      case .flag(let value): (option.name, .flag(value))
      case .choice(let value): (option.name, .text(value))
      }
    }
    return [("trainer", .text(trainer.name))] + options
  }
}
