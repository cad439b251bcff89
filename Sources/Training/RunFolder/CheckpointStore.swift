import Foundation

/// A run's checkpoints: folders such as `checkpoint-000100`, each there whole or not at all.
///
/// A checkpoint is written as `.checkpoint-000100.tmp-PID`, flushed to the disk, sealed with checksums and then renamed; only
/// then are older ones removed. Whatever stops the writer, the last good one remains.
public struct CheckpointStore: Sendable {
  public struct Checkpoint: Equatable, Sendable {
    public let step: Int
    public let path: String
  }

  public let folder: String
  /// How many of the latest are kept; 0 keeps all.
  public let limit: Int

  public init(folder: String, limit: Int) {
    self.folder = folder
    self.limit = limit
  }

  /// Writes the checkpoint of a step.
  ///
  /// - Parameters:
  ///   - step: How many optimizer steps have been taken.
  ///   - best: The step of a checkpoint that is not removed, however old.
  ///   - write: Writes the files into the folder whose path it gets.
  /// - Returns: The checkpoint's path.
  @discardableResult
  public func save(
    step: Int, keeping best: Int? = nil, write: (String) throws(TrainingError) -> Void
  ) throws(TrainingError) -> String {
    removeLeftovers()
    let name = Self.name(step)
    let (beside, path) = ("\(folder)/.\(name).tmp-\(getpid())", "\(folder)/\(name)")
    do throws(TrainingError) {
      try RunFile.makeFolder(beside)
      try write(beside)
      try CheckpointSeal.close(beside)
      try replace(path, by: beside)
    } catch {
      RunFile.remove(beside)
      let others = steps.isEmpty ? "" : "; \(Self.name(steps[steps.count - 1])) is still there"
      throw TrainingError(error.kind, "\(path) was not saved: \(error.message)\(others)")
    }
    try RunFile.synchronize(folder)
    prune(before: step, keeping: best)
    return path
  }

  /// The checkpoint of the latest step, after its files have been checked; nil if there is none.
  ///
  /// A damaged one is an error that names the latest good one.
  public func latest() throws(TrainingError) -> Checkpoint? {
    removeLeftovers()
    guard let step = steps.last else { return nil }
    return try checkpoint(step: step)
  }

  /// The checkpoint of a step, after its files have been checked.
  public func checkpoint(step: Int) throws(TrainingError) -> Checkpoint {
    let path = "\(folder)/\(Self.name(step))"
    guard RunFile.isFolder(path) else {
      let names = steps.map(Self.name).joined(separator: ", ")
      throw TrainingError(
        .missingInput, "\(path): there is no such checkpoint" + (names.isEmpty ? "" : "; there are \(names)"))
    }
    if let damage = CheckpointSeal.damage(to: path) {
      let good = steps.last { $0 < step && CheckpointSeal.damage(to: "\(folder)/\(Self.name($0))") == nil }
      let advice =
        good.map { "remove that folder to go on from \(Self.name($0)), which is whole" }
        ?? "no earlier checkpoint is whole, so start the run again in another folder"
      throw TrainingError(.badData, "\(path) is damaged: \(damage); \(advice)")
    }
    return Checkpoint(step: step, path: path)
  }

  /// The steps of which there are checkpoints, in order.
  public var steps: [Int] { RunFile.entries(folder).compactMap(Self.step).sorted() }

  static func name(_ step: Int) -> String {
    let digits = String(step)
    return "checkpoint-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private static func step(_ name: String) -> Int? {
    guard name.hasPrefix("checkpoint-"), let step = Int(name.dropFirst("checkpoint-".count)) else { return nil }
    return Self.name(step) == name ? step : nil
  }
}

extension CheckpointStore {
  /// Puts a sealed folder in its place. An existing one is moved aside, and is restored if this is interrupted.
  private func replace(_ path: String, by beside: String) throws(TrainingError) {
    let old = beside.replacing(".tmp-", with: ".old-")
    let isThere = RunFile.exists(path)
    if isThere, rename(path, old) != 0 { throw RunFile.unwritable(path) }
    guard rename(beside, path) == 0 else {
      let error = RunFile.unwritable(path)
      if isThere { rename(old, path) }
      throw error
    }
    if isThere { RunFile.remove(old) }
  }

  private func prune(before step: Int, keeping best: Int?) {
    guard limit > 0 else { return }
    for old in steps.filter({ $0 < step && $0 != best }).dropLast(limit - 1) {
      RunFile.remove("\(folder)/\(Self.name(old))")
    }
  }

  /// Removes what writers that no longer exist left behind.
  private func removeLeftovers() {
    for entry in RunFile.entries(folder) where entry.hasPrefix(".checkpoint-") {
      let parts = entry.dropFirst().split(separator: ".")
      guard parts.count == 2, let dash = parts[1].firstIndex(of: "-"),
        let writer = pid_t(parts[1][parts[1].index(after: dash)...]), !RunFile.isRunning(writer)
      else { continue }
      if parts[1].hasPrefix("old-"), !RunFile.exists("\(folder)/\(parts[0])") {
        rename("\(folder)/\(entry)", "\(folder)/\(parts[0])")
      } else {
        RunFile.remove("\(folder)/\(entry)")
      }
    }
  }
}
