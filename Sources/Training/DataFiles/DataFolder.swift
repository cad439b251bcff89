import Foundation

/// A folder with data, such as one that `datasets` or a hub made: its files are read in the order of their names.
enum DataFolder {
  private static let endings = [".jsonl", ".json", ".ndjson", ".csv", ".tsv"].flatMap { [$0, $0 + ".gz"] }
  /// Files that need another program to be read.
  private static let foreign = [".parquet", ".arrow"]
  /// What describes data, beside them.
  private static let descriptions = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"]

  /// The data files that a path stands for: itself, or those in the folder.
  static func files(_ path: String) throws(TrainingError) -> [String] {
    guard RunFile.isFolder(path) else { return [path] }
    let names = RunFile.entries(path).filter { !$0.hasPrefix(".") && !descriptions.contains($0) }
    func ending(_ endings: [String]) -> [String] {
      names.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
    }
    let files = ending(endings).map { "\(path)/\($0)" }
    if !files.isEmpty { return files }
    // The reader says how such a file is converted.
    if let other = ending(foreign).first { return ["\(path)/\(other)"] }
    let inside = names.filter { name in
      RunFile.isFolder("\(path)/\(name)")
        && RunFile.entries("\(path)/\(name)").contains { file in
          (endings + foreign).contains { file.lowercased().hasSuffix($0) }
        }
    }
    if !inside.isEmpty {
      throw TrainingError(
        .missingInput,
        "\(path): its data are in folders of it; name what is wanted: \(inside.map { "\(path)/\($0)" }.joined(separator: ", "))"
      )
    }
    throw TrainingError(
      .missingInput, "\(path): there is no data file in the folder; files are read that end in .jsonl, .json or .csv")
  }
}
