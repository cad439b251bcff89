import Documents
public import Formats
import Foundation
public import Transformers

/// A model as Hugging Face keeps it: a folder with `config.json`, `model.safetensors` and `tokenizer.json`; or a GGUF file.
public enum ModelDirectory {
  public typealias Contents = (configuration: ModelConfiguration, parameters: Parameters, tokenizer: Tokenizer)

  /// Reads a model.
  ///
  /// Throws an error that names the file and the key or tensor in it.
  public static func read(_ path: String) throws(FileError) -> Contents {
    if GGUFModel.isNamed(by: path) { return try GGUFModel(path).read() }
    var configuration = try readConfiguration(path)
    let tokenizer = try readTokenizer(path, of: configuration)
    let weights = try ModelWeights(path)
    configuration.shardSize = weights.shardSize
    return (configuration, try weights.read(configuration), tokenizer)
  }

  /// Reads a model that is not trained, whose weights are kept as they are in the file.
  static func readFrozen(
    _ path: String, workers: Workers, roundsFactors: Bool
  ) throws(FileError) -> LanguageModel {
    if GGUFModel.isNamed(by: path) {
      var (configuration, parameters, tokenizer) = try GGUFModel(path).read()
      configuration.roundsFactors = roundsFactors
      return LanguageModel(
        Transformer(configuration, parameters: parameters, workers: workers).frozen(), tokenizer)
    }
    var configuration = try readConfiguration(path)
    configuration.roundsFactors = roundsFactors
    let tokenizer = try readTokenizer(path, of: configuration)
    let weights = try ModelWeights(path)
    configuration.shardSize = weights.shardSize
    return LanguageModel(try weights.frozen(configuration, workers: workers), tokenizer)
  }

  /// How a model reads and writes conversations; nil without a chat template.
  ///
  /// Throws for a path that holds no model, so that this is not taken for a model without a template.
  public static func chatFormat(_ path: String) throws(FileError) -> ChatFormat? {
    if !GGUFModel.isNamed(by: path) { try ModelHints.check(path) }
    return try ChatFormat.read(path)
  }

  /// Reads the tokenizer in a folder, and what goes along with it.
  static func readTokenizer(_ path: String, of configuration: ModelConfiguration) throws(FileError) -> Tokenizer {
    var tokenizer = try readTokenizer(path)
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw FileError(
        "\(path)/tokenizer.json",
        "has \(tokenizer.vocabularySize) tokens, but the model only \(configuration.vocabularySize): vocab_size in config.json"
      )
    }
    try complete(&tokenizer, with: configuration, path)
    return tokenizer
  }

  /// Adds what the tokenizer's own files do not say: special tokens of `config.json`, and the folder's other files.
  static func complete(
    _ tokenizer: inout Tokenizer, with configuration: ModelConfiguration, _ path: String
  ) throws(FileError) {
    tokenizer.special.beginning = tokenizer.special.beginning ?? configuration.bosToken.map(Int32.init)
    tokenizer.special.end = tokenizer.special.end ?? configuration.eosToken.map(Int32.init)
    tokenizer.special.padding = tokenizer.special.padding ?? configuration.padToken.map(Int32.init)
    try ModelCompanions.read(path, into: &tokenizer)
  }

  /// Writes a model for `AutoModelForCausalLM` or `AutoModelForSequenceClassification`, and `AutoTokenizer`.
  ///
  /// Numbers are written in 32 bits, or rounded to the type that the model was read as. Each file is there whole or not at
  /// all; the weights come last. `AutoTokenizer` of transformers 5 puts Qwen2's own
  /// pattern in the place of the file's for `qwen2`: with another vocabulary such a model needs `PreTrainedTokenizerFast`.
  public static func write(
    _ configuration: ModelConfiguration, _ parameters: Parameters, _ tokenizer: Tokenizer, to path: String,
    roundingAsRead: Bool = false
  ) throws(FileError) {
    var configuration = configuration
    if !roundingAsRead { configuration.numberType = .float32 }
    configuration.bosToken = configuration.bosToken ?? tokenizer.special.beginning.map(Int.init)
    configuration.eosToken = configuration.eosToken ?? tokenizer.special.end.map(Int.init)
    configuration.padToken = configuration.padToken ?? tokenizer.special.padding.map(Int.init)
    try AtomicFile.makeFolder(path)
    try AtomicFile.write(configuration.json(), to: "\(path)/config.json")
    if configuration.head == .language, !tokenizer.companions.contains(where: { $0.name == ModelCompanions.generation })
    {
      let ends = tokenizer.special.otherEnds.map(Int.init)
      try AtomicFile.write(configuration.generationJSON(otherEnds: ends), to: "\(path)/\(ModelCompanions.generation)")
    }
    try write(tokenizer, of: configuration.head, to: path)
    try StoredTensors(parameters, of: ParameterLayout(configuration), as: configuration.numberType)
      .write(toFolder: path, shardSize: configuration.shardSize)
  }

  /// Writes a tokenizer and what goes along with it.
  static func write(_ tokenizer: Tokenizer, of head: ModelConfiguration.Head, to path: String) throws(FileError) {
    try ModelCompanions.write(of: tokenizer, head: head, to: path)
    try AtomicFile.write(tokenizer.files.tokenizer, to: "\(path)/tokenizer.json")
    try AtomicFile.write(tokenizer.files.configuration, to: "\(path)/tokenizer_config.json")
  }

  static func readConfiguration(_ path: String) throws(FileError) -> ModelConfiguration {
    if GGUFModel.isNamed(by: path) { return try GGUFModel(path).configuration() }
    if AdapterDirectory.exists(at: path) { return try readConfiguration(AdapterDirectory(path).shape.base) }
    try ModelHints.check(path)
    let file = "\(path)/config.json"
    let bytes = try readFile(file)
    do throws(DocumentError) {
      return try ModelConfiguration(JSONReader.read(bytes))
    } catch {
      throw FileError(file, error)
    }
  }

  static func readTokenizer(_ path: String) throws(FileError) -> Tokenizer {
    let (file, settings) = ("\(path)/tokenizer.json", "\(path)/tokenizer_config.json")
    let hasSettings = FileManager.default.fileExists(atPath: settings)
    return try Tokenizer(
      json: readFile(file), configuration: hasSettings ? readFile(settings) : nil, fileName: file,
      configurationName: settings)
  }
}
