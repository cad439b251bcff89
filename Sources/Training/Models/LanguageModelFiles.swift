import Formats
public import Transformers

extension LanguageModel {
  /// Reads a model's folder, a GGUF file, or the folder of adapters and that of the model to which they belong.
  public static func read(
    _ path: String, for use: ModelUse = .training, workers: Workers = .all, roundsFactors: Bool = false
  ) throws(TrainingError) -> LanguageModel {
    do throws(FileError) {
      if AdapterDirectory.exists(at: path) {
        let adapted = try AdapterDirectory(path).read(workers: workers, roundsFactors: roundsFactors)
        guard case .training = use else { return adapted }
        return LanguageModel(adapted.model.merged(), adapted.tokenizer)
      }
      switch use {
      case .training:
        var (configuration, parameters, tokenizer) = try ModelDirectory.read(path)
        configuration.roundsFactors = roundsFactors
        return LanguageModel(Transformer(configuration, parameters: parameters, workers: workers), tokenizer)
      case .frozen: return try ModelDirectory.readFrozen(path, workers: workers, roundsFactors: roundsFactors)
      case .adapters(var shape, let seed):
        let base = try ModelDirectory.readFrozen(path, workers: workers, roundsFactors: roundsFactors)
        let modules = base.model.configuration.adaptableModules
        shape.base = RunFile.absolute(path)
        guard let named = shape.naming(modules) else {
          throw FileError(
            path,
            "has no module for lora_target_modules \(shape.targets.joined(separator: ",")): the names are \(modules.joined(separator: ", "))"
          )
        }
        return LanguageModel(base.model.adapted(named, seed: seed), base.tokenizer)
      }
    } catch {
      throw TrainingError(error)
    }
  }

  /// Writes the model as a folder, or its adapters where these alone are trained.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - roundingAsRead: Whether numbers are rounded to the type that the model was read as; otherwise all 32 bits are kept.
  public func write(to path: String, roundingAsRead: Bool = false) throws(TrainingError) {
    do throws(FileError) {
      if let shape = model.lowRank {
        try AdapterDirectory.write(model, shape, tokenizer, to: path)
      } else {
        let whole = model.isFrozen ? model.merged() : model
        try ModelDirectory.write(
          whole.configuration, whole.parameters, tokenizer, to: path, roundingAsRead: roundingAsRead)
      }
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
  }

  /// Reads what is trained of a model of the same shape from a folder that `write` made.
  static func readTrained(_ model: Transformer, from path: String) throws(FileError) {
    if model.isFrozen {
      try AdapterDirectory(path).readWeights(into: model)
    } else {
      try ModelWeights(path).read(model.configuration, into: model.parameters)
      model.parametersChanged()
    }
  }
}
