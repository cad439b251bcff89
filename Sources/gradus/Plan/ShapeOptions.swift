import ArgumentParser
import Documents
import Training
import Transformers

/// A model's shape, under the names of `config.json`.
struct ShapeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("num_hidden_layers", valueName: "N")) var layers: Int?
  @Option(help: ArgumentHelp("hidden_size", valueName: "N")) var hiddenSize: Int?
  @Option(help: ArgumentHelp("intermediate_size (default: 8/3 hidden_size)", valueName: "N")) var intermediateSize: Int?
  @Option(help: ArgumentHelp("num_attention_heads (default: hidden_size / 128)", valueName: "N")) var heads: Int?
  @Option(help: ArgumentHelp("num_key_value_heads (default: that of --heads)", valueName: "N")) var kvHeads: Int?
  @Option(help: ArgumentHelp("vocab_size (default: 32000)", valueName: "N")) var vocab: Int?

  var isGiven: Bool {
    [layers, hiddenSize, intermediateSize, heads, kvHeads, vocab].contains { $0 != nil }
  }

  /// The model of this shape; what is not given is guessed from the number of parameters.
  func model(parameters: Double?) throws -> PlannedModel {
    for (name, value) in [
      ("hidden-size", hiddenSize), ("intermediate-size", intermediateSize), ("heads", heads),
      ("kv-heads", kvHeads), ("vocab", vocab),
    ] {
      try Range.check(name, value, 1...1_000_000)
    }
    guard isGiven else {
      let parameters = parameters ?? 0
      guard let model = PlannedModel(parameters: parameters) else {
        throw CommandError(
          .usage,
          "--params: no common shape has about \(NumberText.full(parameters)) parameters; add --layers, --hidden-size "
            + "and --vocab")
      }
      return model
    }
    guard let layers, let hiddenSize else {
      throw CommandError(.usage, "a shape needs --layers and --hidden-size at least")
    }
    try Range.check("layers", layers, 1...4096)
    let heads = heads ?? max(1, hiddenSize / 128)
    let keyValueHeads = kvHeads ?? heads
    guard hiddenSize % heads == 0 else {
      throw CommandError(.usage, "--heads: \(heads) heads do not divide a hidden size of \(hiddenSize)")
    }
    guard heads % keyValueHeads == 0 else {
      throw CommandError(.usage, "--kv-heads: \(keyValueHeads) must divide the \(heads) heads")
    }
    var shape = ModelConfiguration(
      vocabularySize: vocab ?? 32_000, hiddenSize: hiddenSize, intermediateSize: intermediateSize ?? 8 * hiddenSize / 3,
      layerCount: layers, headCount: heads, keyValueHeadCount: keyValueHeads)
    shape.tiesEmbeddings = false
    return PlannedModel(shape, parameters: parameters)
  }
}
