/// Remembers a run's data as they were at the start, so that nobody unknowingly goes on with changed data.
///
/// `.dataset` in the run's folder has each file's checksum, a line each; runs on built-in tasks have none.
struct DatasetSeal {
  static let name = ".dataset"
  let run: RunDirectory

  private var paths: [String] {
    run.configuration[all: .dataset].filter { !$0.hasPrefix(BuiltInTask.prefix) }
  }

  private var file: String { "\(run.path)/\(Self.name)" }

  private func checksums() throws(TrainingError) -> [String] {
    var checksums: [String] = []
    for path in paths {
      for file in try DataFolder.files(path) { checksums.append(try FileChecksum(of: file).digits) }
    }
    return checksums
  }

  /// Remembers the files as they are, unless some are remembered already.
  func remember() throws(TrainingError) {
    guard !paths.isEmpty, !RunFile.exists(file) else { return }
    try RunFile.write(try checksums().map { $0 + "\n" }.joined(), to: file)
  }

  /// A warning if the data have changed since the run began; nil if they have not, as far as is known.
  var complaint: String? {
    guard !paths.isEmpty, let bytes = try? RunFile.read(file), let now = try? checksums() else { return nil }
    let before = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    if before == now { return nil }
    let (name, have) = (paths.joined(separator: ", "), paths.count == 1 ? "has" : "have")
    return "\(name): \(have) changed since the run began, so the result will not be that of an uninterrupted run"
  }
}
