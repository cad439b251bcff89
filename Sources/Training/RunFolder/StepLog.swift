import Documents
import Foundation

/// A file of JSON lines, each an object that begins with its `step`, appended to while a run goes on.
final class StepLog {
  let path: String
  private let descriptor: Int32

  /// Opens a log to append to; what was written of steps after `step`, and a line without an end, is cut off.
  init(path: String, after step: Int) throws(TrainingError) {
    self.path = path
    let length = RunFile.exists(path) ? try Self.read(path, through: step).length : 0
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(path) }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      let error = RunFile.unwritable(path)
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Writes a line whole, so that it survives the program's end; `members` writes what follows the step.
  func append(step: Int, _ members: (inout JSONWriter) -> Void) throws(TrainingError) {
    var json = JSONWriter()
    json.beginObject()
    json.key("step")
    json.integer(step)
    members(&json)
    json.endObject()
    try RunFile.append(Array((json.text + "\n").utf8), to: descriptor, path)
  }

  /// Brings what was written to the disk, before a checkpoint refers to it.
  func synchronize() throws(TrainingError) { try RunFile.synchronize(path) }

  /// The lines up to a step, and the bytes that they take.
  static func read(_ path: String, through step: Int = .max) throws(TrainingError)
    -> (lines: [(step: Int, fields: Fields)], length: Int)
  {
    let bytes = try RunFile.read(path)
    var (lines, start): ([(step: Int, fields: Fields)], Int) = ([], 0)
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line: (step: Int, fields: Fields)
      do throws(DocumentError) {
        let fields = try JSONReader.read(Array(bytes[start..<end])).object("the line")
        line = (try fields.required("step").integer("step"), fields)
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

  /// An error in the values of a line.
  static func located(_ error: DocumentError, _ path: String, line: Int) -> TrainingError {
    TrainingError(.badData, "\(path):\(line):\(error.column): \(error.message)")
  }
}
