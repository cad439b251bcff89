import Formats
public import Transformers

extension LanguageModel {
  public static func read(_ path: String, workers: Workers = .all) throws(TrainingError) -> LanguageModel {
    do throws(FileError) {
      let (configuration, parameters, tokenizer) = try ModelDirectory.read(path)
      return LanguageModel(Transformer(configuration, parameters: parameters, workers: workers), tokenizer)
    } catch {
      throw TrainingError(error)
    }
  }

  /// Writes the model as a folder.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - roundingAsRead: Whether numbers are rounded to the type that the model was read as; otherwise all 32 bits are kept.
  public func write(to path: String, roundingAsRead: Bool = false) throws(TrainingError) {
    do throws(FileError) {
      try ModelDirectory.write(
        model.configuration, model.parameters, tokenizer, to: path, roundingAsRead: roundingAsRead)
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
  }
}
