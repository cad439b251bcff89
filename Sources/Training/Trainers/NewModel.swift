import Formats
import Objectives
import Transformers

extension LanguageModel {
  /// A small new model, with a tokenizer of the task's words or of the data's characters.
  static func new(
    _ settings: TrainingSettings, task: BuiltInTask?, data: Dataset, workers: Workers
  ) throws(TrainingError) -> LanguageModel {
    let (hidden, heads) = (settings.integer(.hiddenSize), settings.integer(.numAttentionHeads))
    let keyValueHeads = settings.integer(.numKeyValueHeads)
    guard hidden % heads == 0, hidden / heads % 2 == 0 else {
      throw TrainingError(
        .usage, "num_attention_heads \(heads) must divide hidden_size \(hidden) into heads of an even width")
    }
    guard heads % keyValueHeads == 0 else {
      throw TrainingError(.usage, "num_key_value_heads \(keyValueHeads) must divide num_attention_heads \(heads)")
    }
    let tokenizer = try tokenizer(task, data)
    var model = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: hidden,
      intermediateSize: settings.integer(.intermediateSize),
      layerCount: settings.integer(.numHiddenLayers), headCount: heads, keyValueHeadCount: keyValueHeads)
    model.roundsFactors = settings.flag(.bf16)
    model.maxPositions = max(2048, settings.integer(.maxLength))
    return LanguageModel(Transformer(model, seed: settings.seed, workers: workers), tokenizer)
  }

  private static func tokenizer(_ task: BuiltInTask?, _ data: Dataset) throws(TrainingError) -> Tokenizer {
    do throws(FileError) {
      switch task?.vocabulary {
      case .words(let words): return try Tokenizer.words(words)
      case .characters(let characters): return try Tokenizer.characters(in: characters)
      case nil: return try Tokenizer.characters(in: data.examples.flatMap { $0.texts })
      }
    } catch {
      throw TrainingError(.badData, "\(error)")
    }
  }
}

extension Example {
  var texts: [String] { [prompt, completion, chosen, rejected].compactMap { $0 } }
}
