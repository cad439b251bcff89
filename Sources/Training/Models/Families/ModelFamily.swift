import Documents
import Transformers

/// A family of models: how its `config.json` is read and written.
///
/// What a model computes follows from the features of its `ModelConfiguration` alone, which `read` sets. Each family is a
/// file beside this one.
struct ModelFamily: Sendable {
  /// transformers' classes for a language model and for a model with a scalar head.
  let classes: (language: String, scalar: String)
  let defaults: Defaults
  /// The family's own names for keys that others have as well.
  var keys: [String: String] = [:]
  /// What `hidden_act` must be.
  var activation = "silu"
  /// Keys that the family's configuration does not have.
  var omitted: [String] = []
  /// Whether a part of each head may be left as it is by rotary embeddings.
  var rotatesPartOfHeads = false
  /// Reads what is not the same in all families, into a model that has its shape already.
  let read: @Sendable (ConfigurationReader, inout ModelConfiguration) throws(DocumentError) -> Void
  /// Writes it.
  let write: @Sendable (ModelConfiguration, inout JSONWriter) -> Void

  /// What missing keys mean.
  struct Defaults: Sendable {
    var vocabulary = 32_000
    var hidden = 4096
    /// nil for four times the hidden size.
    var intermediate: Int? = 11_008
    var layers = 32
    var heads = 32
    /// nil for as many as there are query heads, as `null` means everywhere.
    var keyValueHeads: Int?
    /// nil for the hidden size divided by the number of heads.
    var headSize: Int?
    var positions = 2048
    /// The positions that a stretched rotation was made for; nil for all.
    var originalPositions: Int?
    var epsilon = 1e-6
    var theta = 10_000.0
    var tiesEmbeddings = false
    var bos: Int?
    var eos: Int?
    var pad: Int?
  }

  func key(_ name: String) -> String { keys[name] ?? name }
}

extension ModelConfiguration.Family {
  var value: ModelFamily {
    switch self {
    case .llama: .llama
    case .qwen2: .qwen2
    case .qwen3: .qwen3
    case .mistral: .mistral
    case .smollm3: .smollm3
    case .olmo2: .olmo2
    case .granite: .granite
    case .phi3: .phi3
    case .gemma3: .gemma3
    case .gpt2: .gpt2
    }
  }

  /// The family and the head that a configuration asks for by `architectures` and `model_type`.
  static func named(
    in fields: Fields, _ document: Document
  ) throws(DocumentError) -> (family: ModelConfiguration.Family, head: ModelConfiguration.Head) {
    let type = fields.optional("model_type")
    let list = try fields.optional("architectures")?.list("architectures") ?? []
    guard let name = list.first else {
      guard let type, let family = ModelConfiguration.Family(rawValue: try type.string("model_type")) else {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        throw (type ?? document).error("model_type must be one of: \(names)")
      }
      return (family, .language)
    }
    let text = try name.string("the architecture")
    guard let family = allCases.first(where: { $0.value.classes.language == text || $0.value.classes.scalar == text })
    else {
      let known = allCases.map { $0.value.classes.language }.joined(separator: ", ")
      throw name.error(
        "the architecture '\(text)' is not supported; supported are: \(known), "
          + "and the same families' ForSequenceClassification")
    }
    if let type, try type.string("model_type") != family.rawValue {
      throw type.error("model_type must be '\(family.rawValue)' for the architecture '\(text)'")
    }
    if family.value.classes.language == text { return (family, .language) }
    try requireOneLabel(fields, name)
    return (family, .scalar)
  }

  private static func requireOneLabel(_ fields: Fields, _ name: Document) throws(DocumentError) {
    let labels = try fields.optional("id2label")?.object("id2label").members.count
    let count = try fields.optional("num_labels")?.integer("num_labels") ?? labels ?? 2
    if count != 1 {
      throw (fields.optional("num_labels") ?? fields.optional("id2label") ?? name).error(
        "a model with \(count) labels is not supported: a reward model or critic has num_labels 1")
    }
  }
}
