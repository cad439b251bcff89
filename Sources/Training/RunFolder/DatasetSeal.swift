/// What a run's data file was when the run began, so that nobody goes on with other data without knowing.
///
/// `.dataset` in the run's folder has the file's checksum; runs on built-in tasks have none.
struct DatasetSeal {
  static let name = ".dataset"
  let run: RunDirectory

  private var dataset: String? {
    run.configuration[.dataset].flatMap { $0.hasPrefix(BuiltInTask.prefix) ? nil : $0 }
  }

  private var file: String { "\(run.path)/\(Self.name)" }

  /// Remembers the file as it is; what is remembered already stays.
  func remember() throws(TrainingError) {
    guard let dataset, !RunFile.exists(file) else { return }
    try RunFile.write(try FileChecksum(of: dataset).digits + "\n", to: file)
  }

  /// What is to be said where the file has changed since the run began; nil where it has not, as far as is known.
  var complaint: String? {
    guard let dataset, let bytes = try? RunFile.read(file), let now = try? FileChecksum(of: dataset) else { return nil }
    if String(decoding: bytes, as: UTF8.self).hasPrefix(now.digits) { return nil }
    return "\(dataset): has changed since the run began, so what follows is not the run that never stopped"
  }
}
