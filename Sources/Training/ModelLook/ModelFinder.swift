import Formats
import Foundation

/// The models in a folder and below it: folders as Hugging Face keeps them, and GGUF files.
public enum ModelFinder {
  /// How many folders deep models are looked for, as in `models--owner--name/snapshots/…`.
  private static let depth = 3

  /// The path itself, if it is a model or looks like one; or else the models below it, in the order of their names.
  ///
  /// Throws if there is no such path, or no model in it.
  public static func models(_ path: String) throws(TrainingError) -> [String] {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if GGUFModel.isNamed(by: path) || isModel(path) { return [path] }
    do throws(FileError) {
      // A hub's name: what somebody means by it.
      if !RunFile.exists(path) { try ModelHints.check(path) }
    } catch {
      throw TrainingError(error)
    }
    guard RunFile.exists(path) else { throw TrainingError(.missingInput, "\(path): there is no such file or folder") }
    guard RunFile.isFolder(path) else {
      throw TrainingError(.badData, "\(path): is not a model: name a folder with config.json, or a GGUF file")
    }
    let found = below(path, depth)
    guard !found.isEmpty else {
      throw TrainingError(
        .missingInput, "\(path): there is no model in it: neither a folder with config.json nor a GGUF file")
    }
    return found
  }

  private static func below(_ folder: String, _ depth: Int) -> [String] {
    var found: [String] = []
    for name in RunFile.entries(folder) where !name.hasPrefix(".") {
      let path = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
      if !RunFile.isFolder(path) {
        if GGUFModel.isNamed(by: path) { found.append(path) }
      } else if isModel(path) {
        found.append(path)
      } else if depth > 1 {
        found += below(path, depth - 1)
      }
    }
    return found
  }

  /// Whether it is a model's folder; one with GGUF files alone has a `config.json` that describes them.
  private static func isModel(_ folder: String) -> Bool {
    guard RunFile.exists("\(folder)/config.json") else { return AdapterDirectory.exists(at: folder) }
    let names = RunFile.entries(folder)
    return !names.contains { GGUFModel.isNamed(by: $0) }
      || names.contains { $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") }
  }
}
