import Diagnosis
import Foundation
import Simulation
import Training

/// The log of a run, found by what a user gave.
enum RunSource {
  /// Whether the name stands for a run, rather than for a scenario or a batch: a folder, or a file whose contents are metrics.
  static func isRun(_ name: String) -> Bool {
    if Scenario.builtIn.contains(where: { $0.name == name }) { return false }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else { return false }
    return isFolder.boolValue || RunLog.isLog(file: name)
  }

  /// Reads a run as the doctor wants it.
  ///
  /// - Parameters:
  ///   - path: A folder or a file.
  ///   - name: Which run of a file that holds several.
  ///   - isGrowing: Whether there may be no metrics yet.
  static func read(_ path: String, run name: String? = nil, isGrowing: Bool = false) throws -> (
    record: RunRecord, log: RunLog
  ) {
    let log: RunLog
    do throws(TrainingError) {
      log = try RunLog.read(path, run: name, isGrowing: isGrowing)
    } catch {
      throw CommandError(error)
    }
    return (RunRecord(log), log)
  }
}

extension RunRecord {
  fileprivate init(_ log: RunLog) {
    let rows = log.rows.map { line in
      RunRecord.Row(step: line.step, line.values.map { (name: $0.name, value: $0.value) })
    }
    self.init(name: log.path, source: log.format.title, total: log.total, rows: rows)
    if log.countsRows {
      countsRows = true
      source += " (rows counted as steps)"
    }
    batches = log.batches
    if let run = log.run { ran(run.trainer, in: log.path) }
  }
}
