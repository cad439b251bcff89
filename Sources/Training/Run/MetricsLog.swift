import Foundation
import Recording

/// A number that a trainer measured, under TRL's name where TRL has it.
public struct MetricValue: Equatable, Sendable {
  public let name: String
  public let value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// `metrics.jsonl`: one object per optimizer step, `step` first, every line on the way to the disk before the next step.
public final class MetricsLog {
  /// What was measured at one step; a number that was not finite is NaN.
  public struct Line: Equatable, Sendable {
    public let step: Int
    public let values: [MetricValue]

    public init(step: Int, values: [MetricValue]) {
      self.step = step
      self.values = values
    }

    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
  }

  private let path: String
  private let descriptor: Int32

  /// Opens a log to append to.
  ///
  /// - Parameter step: The step from which the run goes on: what was written of later ones, and a line without an end, is cut off.
  public init(path: String, after step: Int) throws(TrainingError) {
    self.path = path
    let length = RunFile.exists(path) ? try Self.lines(path, through: step).length : 0
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(path) }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      let error = RunFile.unwritable(path)
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  public func append(step: Int, _ values: [MetricValue]) throws(TrainingError) {
    var json = JSONWriter()
    json.beginObject()
    json.key("step")
    json.integer(step)
    for metric in values {
      json.key(metric.name)
      json.number(metric.value)
    }
    json.endObject()
    try RunFile.append(Array((json.text + "\n").utf8), to: descriptor, path)
  }

  /// The whole log; a last line without an end, which a stopped writer left, does not count.
  public static func read(_ path: String) throws(TrainingError) -> [Line] { try lines(path, through: .max).lines }

  /// The lines up to a step, and the bytes that they take.
  private static func lines(_ path: String, through step: Int) throws(TrainingError) -> (lines: [Line], length: Int) {
    let bytes = try RunFile.read(path)
    var (lines, start): ([Line], Int) = ([], 0)
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line: Line
      do throws(DocumentError) {
        line = try Line(JSONReader.read(Array(bytes[start..<end])))
      } catch {
        // A line that a power cut left full of zeros, say: only the end of the log can be so.
        if !bytes[(end + 1)...].contains(UInt8(ascii: "\n")) { break }
        let place = "\(path):\(lines.count + 1):\(error.column)"
        throw TrainingError(.badData, "\(place): \(error.message); remove this line to go on without it")
      }
      if line.step > step { break }
      lines.append(line)
      start = end + 1
    }
    return (lines, start)
  }
}

extension MetricsLog.Line {
  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the line")
    step = try fields.required("step").integer("step")
    var values: [MetricValue] = []
    for member in fields.members where member.key != "step" {
      values.append(MetricValue(member.key, member.value.isNull ? .nan : try member.value.number(member.key)))
    }
    self.values = values
  }
}
