import Foundation

/// The runs below a folder.
public struct RunFinder: Sendable {
  /// The runs that could be read, by name.
  public private(set) var runs: [RecordedRun] = []
  /// What could not be read, or holds no run, and why.
  public private(set) var skipped: [(path: String, reason: String)] = []

  public init() {}

  /// Whether a path is itself a run's folder.
  public static func isRun(_ path: String) -> Bool { RunFile.isFolder(path) && RunReader.isRun(path) }

  /// Reads the run in a folder; one that cannot be read is an error.
  public mutating func add(run path: String) throws(TrainingError) {
    guard RunFile.isFolder(path) else {
      throw TrainingError(.missingInput, "\(path): there is no folder of that name")
    }
    if runs.contains(where: { $0.path == Self.trimmed(path) }) { return }
    guard RunReader.isRun(path) else {
      throw TrainingError(.missingInput, "\(path): there is no run in this folder: neither config.yaml nor metrics")
    }
    runs.append(try RunReader.read(Self.trimmed(path)))
  }

  /// Finds all runs in a folder and below; what cannot be read is skipped.
  ///
  /// - Parameters:
  ///   - folder: Where to look.
  ///   - isNamedWhole: Whether runs are named by their whole path, or relative to the folder.
  public mutating func search(_ folder: String, isNamedWhole: Bool = false) throws(TrainingError) {
    guard RunFile.isFolder(folder) else {
      let hint =
        RunFile.exists(folder)
        ? "is a file; name the folder of the run"
        : "there is no folder of that name; gradus train makes runs below 'runs'"
      throw TrainingError(.missingInput, "\(folder): \(hint)")
    }
    let folder = Self.trimmed(folder)
    var found: [RecordedRun] = []
    _ = visit(folder, depth: 0, &found)
    let new = found.filter { run in !runs.contains { $0.path == run.path } }
    for var run in new.sorted(by: { $0.path.lexicographicallyPrecedes($1.path) }) {
      if !isNamedWhole, run.path.hasPrefix(folder + "/") { run.name = String(run.path.dropFirst(folder.count + 1)) }
      runs.append(run)
    }
  }

  /// Reads a folder and those below. Returns whether any of them held a run, even a damaged one.
  private mutating func visit(_ folder: String, depth: Int, _ found: inout [RecordedRun]) -> Bool {
    var holdsRun = false
    guard access(folder, R_OK | X_OK) == 0 else {
      skipped.append((folder, RunFile.reason))
      return true
    }
    if RunReader.isRun(folder) {
      holdsRun = true
      do throws(TrainingError) {
        found.append(try RunReader.read(folder))
      } catch {
        skipped.append((folder, error.message))
      }
    }
    guard depth < 8 else { return holdsRun }
    for name in RunFile.entries(folder) where !Self.isPartOfRun(name) {
      let path = "\(folder)/\(name)"
      // A folder written by `gradus export trl` looks like the beginning of a run.
      if RunFile.exists("\(path)/\(TRLPython.continuation.name)") { continue }
      // A link would show a run a second time, or lead in a circle.
      guard RunFile.isFolder(path), !Self.isLink(path) else { continue }
      let holdsOther = visit(path, depth: depth + 1, &found)
      if depth == 0, !holdsOther, !holdsRun { skipped.append((path, "there is no run in this folder")) }
      if holdsOther { holdsRun = holdsRun || depth > 0 }
    }
    return holdsRun
  }

  /// Whether it is one of a run's own folders, which hold no other run.
  private static func isPartOfRun(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasPrefix("checkpoint-") || ["model", "critic", "batches", "curves"].contains(name)
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
