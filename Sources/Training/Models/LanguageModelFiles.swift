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

  public func write(to path: String) throws(TrainingError) {
    do throws(FileError) {
      try ModelDirectory.write(model.configuration, model.parameters, tokenizer, to: path)
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
  }
}
