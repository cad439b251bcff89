/// Remembers a run's data as they were at the start, so that nobody unknowingly goes on with changed data.
///
/// `.dataset` in the run's folder has the checksum of each file that is learned from, a line each, and `.eval_dataset` of each
/// that is evaluated on; runs on built-in tasks have none.
struct DatasetSeal {
  /// What is sealed: each list of files.
  static let paths = RunPath.allCases.filter { $0.isList }
  static let names = paths.map(name)
  let run: RunDirectory
  /// Which of them.
  var path = RunPath.dataset

  private static func name(_ path: RunPath) -> String { ".\(path.rawValue)" }

  private var files: [String] {
    run.configuration[all: path].filter { !$0.hasPrefix(BuiltInTask.prefix) }
  }

  private var file: String { "\(run.path)/\(Self.name(path))" }

  private func checksums() throws(TrainingError) -> [String] {
    var checksums: [String] = []
    for path in files {
      for file in try DataFolder.files(path) { checksums.append(try FileChecksum(of: file).digits) }
    }
    return checksums
  }

  /// Remembers the files as they are, unless some are remembered already.
  func remember() throws(TrainingError) {
    guard !files.isEmpty, !RunFile.exists(file) else { return }
    try RunFile.write(try checksums().map { $0 + "\n" }.joined(), to: file)
  }

  /// A warning if the data have changed since the run began; nil if they have not, as far as is known.
  var complaint: String? {
    guard !files.isEmpty, let bytes = try? RunFile.read(file), let now = try? checksums() else { return nil }
    let before = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    if before == now { return nil }
    let (name, have) = (files.joined(separator: ", "), files.count == 1 ? "has" : "have")
    let follows =
      path == .dataset
      ? "the result will not be that of an uninterrupted run"
      : "its evaluations are not comparable with those before"
    return "\(name): \(have) changed since the run began, so \(follows)"
  }
}
