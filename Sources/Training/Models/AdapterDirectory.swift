import Documents
import Formats
import Foundation
import Transformers

/// Adapters as PEFT keeps them: a folder with `adapter_config.json` and `adapter_model.safetensors`, which names the folder of
/// the model that they belong to.
struct AdapterDirectory {
  let path: String
  let shape: LowRank
  /// Whether they make a model that scores texts.
  private let isScalar: Bool

  private static let (configurationName, weightsName) = ("adapter_config.json", "adapter_model.safetensors")
  /// What PEFT puts before the name of every tensor.
  static let prefix = "base_model.model."

  /// Whether a folder holds adapters and not a whole model.
  static func exists(at path: String) -> Bool {
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    return has(configurationName) && !has("config.json")
  }

  init(_ path: String) throws(FileError) {
    self.path = path
    let file = "\(path)/\(Self.configurationName)"
    let bytes = try readFile(file)
    do throws(DocumentError) {
      let fields = try JSONReader.read(bytes).object("the configuration")
      try Self.checkSupport(fields)
      let rank = try fields.required("r")
      let alpha = try fields.required("lora_alpha").number("lora_alpha")
      let count = try rank.integer("r")
      guard count > 0 else { throw rank.error("r must be at least 1") }
      var shape = LowRank(rank: count, alpha: alpha, targets: try Self.targets(fields))
      shape.dropout = try Self.dropout(fields)
      // Rank-stabilised LoRA divides by the root of the rank (Kalajdzievski 2023).
      if Self.flag(fields, "use_rslora") { shape.alpha *= Double(count).squareRoot() }
      shape.base = Self.folder(try fields.required("base_model_name_or_path").string("the base model"), beside: path)
      isScalar = fields.optional("task_type")?.text == "SEQ_CLS"
      self.shape = shape
    } catch {
      throw FileError(file, error)
    }
  }

  /// The folder of the base, which may be given as seen from the adapters.
  private static func folder(_ name: String, beside path: String) -> String {
    let relative = "\(path)/\(name)"
    return !name.hasPrefix("/") && FileManager.default.fileExists(atPath: relative) ? relative : name
  }

  private static func dropout(_ fields: Fields) throws(DocumentError) -> Double {
    guard let value = fields.optional("lora_dropout") else { return 0 }
    let probability = try value.number("lora_dropout")
    guard (0..<1).contains(probability) else { throw value.error("lora_dropout must be at least 0 and less than 1") }
    return probability
  }

  private static func flag(_ fields: Fields, _ key: String) -> Bool {
    if case .bool(true)? = fields.optional(key)?.value { true } else { false }
  }

  /// The names in `target_modules`; `all-linear` is every projection.
  private static func targets(_ fields: Fields) throws(DocumentError) -> [String] {
    let value = try fields.required("target_modules")
    if case .string(let name) = value.value {
      guard name == LowRank.everywhere else {
        throw value.error("a pattern of module names is not supported, only a list of them or '\(LowRank.everywhere)'")
      }
      return [name]
    }
    return try value.list("target_modules").map { (item) throws(DocumentError) in
      let name = try item.string("a module's name")
      guard !name.contains(".") else { throw item.error("'\(name)': adapters of some layers alone are not supported") }
      return name
    }.sorted()
  }

  /// What PEFT can do and this cannot.
  private static func checkSupport(_ fields: Fields) throws(DocumentError) {
    func refuse(_ value: Document, _ what: String) -> DocumentError {
      value.error(
        "\(what) is not supported; merge the adapters first: python -c 'from peft import AutoPeftModelForCausalLM as M; "
          + "M.from_pretrained(\"DIR\").merge_and_unload().save_pretrained(\"merged\")'")
    }
    if let type = fields.optional("peft_type"), type.text != "LORA" {
      throw refuse(type, "a peft_type other than LORA")
    }
    if let bias = fields.optional("bias"), bias.text != "none" {
      throw refuse(bias, "a trained bias")
    }
    for key in ["use_dora", "lora_bias"] where flag(fields, key) {
      if let value = fields.optional(key) { throw refuse(value, key) }
    }
    for key in ["rank_pattern", "alpha_pattern", "layers_to_transform", "exclude_modules", "target_parameters"] {
      guard let value = fields.optional(key), !value.isEmpty else { continue }
      throw refuse(value, key)
    }
    if let saved = fields.optional("modules_to_save") {
      for module in try saved.list("modules_to_save") where module.text != "score" {
        throw refuse(module, "a module that is trained as a whole")
      }
    }
  }

  // MARK: - Weights

  /// Throws if the folder of the base is not there.
  func checkBase() throws(FileError) {
    guard !FileManager.default.fileExists(atPath: shape.base) else { return }
    throw FileError(
      "\(path)/\(Self.configurationName)",
      "the model that the adapters belong to, '\(shape.base)', is not a folder here; write its folder as base_model_name_or_path"
    )
  }

  /// The adapters on their base.
  func read(workers: Workers, roundsFactors: Bool) throws(FileError) -> LanguageModel {
    try checkBase()
    let base = try ModelDirectory.readFrozen(shape.base, workers: workers, roundsFactors: roundsFactors)
    let names = base.model.configuration.adaptableModules
    guard let shape = shape.naming(names) else {
      throw FileError(
        "\(path)/\(Self.configurationName)",
        "target_modules \(shape.targets.joined(separator: ", ")): the base has \(names.joined(separator: ", "))")
    }
    let model = base.model.adapted(shape, head: isScalar ? .scalar : nil, seed: 0)
    try readWeights(into: model)
    return LanguageModel(model, try tokenizer(beside: base))
  }

  /// The folder's own tokenizer if it has one, with the base's settings of generation, which PEFT does not write.
  private func tokenizer(beside base: LanguageModel) throws(FileError) -> Tokenizer {
    guard FileManager.default.fileExists(atPath: "\(path)/tokenizer.json") else { return base.tokenizer }
    var tokenizer = try ModelDirectory.readTokenizer(path, of: base.model.configuration)
    func isGeneration(_ companion: (name: String, bytes: [UInt8])) -> Bool {
      companion.name == ModelCompanions.generation
    }
    if !tokenizer.companions.contains(where: isGeneration) {
      tokenizer.companions += base.tokenizer.companions.filter(isGeneration)
      tokenizer.special.otherEnds = base.tokenizer.special.otherEnds.filter { $0 != tokenizer.special.end }
    }
    return tokenizer
  }

  /// Reads the adapters into a model that has the same.
  func readWeights(into model: Transformer) throws(FileError) {
    let file = try Safetensors(path: "\(path)/\(Self.weightsName)")
    let blocks = model.trainedLayout.blocks
    let known = Set(blocks.map { Self.prefix + $0.name })
    if let other = file.tensors.first(where: { !known.contains($0.name) }) {
      throw FileError(
        file.path, "the tensor '\(other.name)' belongs to no adapter that \(Self.configurationName) asks for")
    }
    for block in blocks {
      guard let tensor = file.tensor(named: Self.prefix + block.name) else {
        throw FileError(file.path, "the tensor '\(Self.prefix + block.name)' is missing")
      }
      guard tensor.shape == block.shape else {
        throw FileError(
          file.path, "the tensor '\(tensor.name)' has the shape \(tensor.shape) instead of \(block.shape)")
      }
      try file.read(tensor, into: model.trainedParameters[block.range])
    }
    model.parametersChanged()
  }

  /// Writes a model's adapters, and the tokenizer with which they were trained.
  static func write(_ model: Transformer, _ shape: LowRank, _ tokenizer: Tokenizer, to path: String) throws(FileError) {
    try AtomicFile.makeFolder(path)
    try write(shape, model.configuration.head, to: path)
    try ModelDirectory.write(tokenizer, of: model.configuration.head, to: path)
    try StoredTensors(model.trainedParameters, of: model.trainedLayout, prefix: prefix)
      .write(to: "\(path)/\(weightsName)")
  }

  /// Writes what the adapters are and where their base is.
  static func write(_ shape: LowRank, _ head: ModelConfiguration.Head, to path: String) throws(FileError) {
    try AtomicFile.write(json(shape, head), to: "\(path)/\(configurationName)")
  }

  private static func json(_ shape: LowRank, _ head: ModelConfiguration.Head) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("base_model_name_or_path", shape.base)
    json.member("bias", "none")
    json.member("inference_mode", true)
    json.member("lora_alpha", number: shape.alpha)
    json.member("lora_dropout", number: shape.dropout)
    if head == .scalar { json.member("modules_to_save", strings: ["score"]) }
    json.member("peft_type", "LORA")
    json.member("r", shape.rank)
    json.member("target_modules", strings: shape.targets)
    json.member("task_type", head == .scalar ? "SEQ_CLS" : "CAUSAL_LM")
    json.endObject()
    return json.text + "\n"
  }
}

extension Document {
  fileprivate var text: String? { if case .string(let text) = value { text } else { nil } }

  fileprivate var isEmpty: Bool {
    switch value {
    case .list(let items): items.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}
