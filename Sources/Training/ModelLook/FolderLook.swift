import Documents
import Formats
import Foundation
import Transformers

extension ModelLook {
  /// Looks into a folder as Hugging Face keeps a model.
  mutating func lookAtFolder() {
    guard attempt({ (look: inout ModelLook) throws(FileError) in try ModelHints.check(look.path) }) else { return }
    family = Self.modelType("\(path)/config.json")
    attempt { (look: inout ModelLook) throws(FileError) in
      look.shape = try ModelDirectory.readConfiguration(look.path)
    }
    lookAtWeights()
    lookAtTokenizer()
    lookAtTemplate()
  }

  /// Adapters are described by their base.
  mutating func lookAtAdapters() {
    attempt { (look: inout ModelLook) throws(FileError) in
      let adapters = try AdapterDirectory(look.path)
      try adapters.checkBase()
      let base = ModelLook(adapters.shape.base)
      (look.family, look.shape, look.parameters) = (base.family, base.shape, base.parameters)
      (look.types, look.bytes) = (base.types, base.bytes)
      (look.tokenizer, look.vocabulary) = (base.tokenizer, base.vocabulary)
      (look.template, look.ends, look.problems) = (base.template, base.ends, base.problems)
      look.adapters = adapters.shape
    }
  }

  /// Does something of which the error is a problem; whether there was none.
  @discardableResult
  mutating func attempt(_ work: (inout ModelLook) throws(FileError) -> Void) -> Bool {
    do throws(FileError) {
      try work(&self)
      return true
    } catch {
      problems.append(error.description)
      return false
    }
  }

  private static func modelType(_ file: String) -> String? {
    guard let bytes = try? readFile(file), let fields = try? JSONReader.read(bytes).object("config.json") else {
      return nil
    }
    return fields.optional("model_type").flatMap { try? $0.string("model_type") }
  }

  // MARK: Weights

  private mutating func lookAtWeights() {
    let names = RunFile.entries(path).filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
    var counts: [(type: String, count: Int)] = []
    for name in names {
      guard let file = try? Safetensors(path: "\(path)/\(name)") else { continue }
      counts += file.tensors.map { ($0.type.rawValue, $0.count) }
      bytes += Self.size("\(path)/\(name)")
    }
    take(counts)
    guard let shape else { return }
    attempt { (look: inout ModelLook) throws(FileError) in
      try ModelWeights(look.path).check(ParameterLayout(shape), shape)
    }
  }

  /// The numbers of the files; those of a shape that is known count each weight once.
  mutating func take(_ counts: [(type: String, count: Int)]) {
    let sums = Dictionary(counts.map { ($0.type, $0.count) }, uniquingKeysWith: +)
    types = sums.keys.sorted { (sums[$0] ?? 0, $1) > (sums[$1] ?? 0, $0) }
    parameters = shape.map { ParameterLayout($0).count } ?? (sums.isEmpty ? nil : sums.values.reduce(0, +))
  }

  static func size(_ file: String) -> Int {
    ((try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? NSNumber)?.intValue ?? 0
  }

  // MARK: Texts

  private mutating func lookAtTokenizer() {
    let file = "\(path)/tokenizer.json"
    guard FileManager.default.fileExists(atPath: file) else {
      problems.append(
        "\(file): is missing; transformers writes it:  python -c 'from transformers import AutoTokenizer as T; "
          + "T.from_pretrained(\"\(path)\").save_pretrained(\"\(path)\")'")
      return
    }
    if let bytes = try? readFile(file) { tokenizer = TokenizerKind(bytes)?.name }
    attempt { (look: inout ModelLook) throws(FileError) in
      var read = try ModelDirectory.readTokenizer(look.path)
      if let shape = look.shape { try ModelDirectory.complete(&read, with: shape, look.path) }
      look.take(read)
    }
  }

  mutating func take(_ read: Tokenizer) {
    vocabulary = read.vocabularySize
    ends = ((read.special.end.map { [$0] } ?? []) + read.special.otherEnds).map { (Int($0), read.token($0)) }
    if ends.isEmpty {
      problems.append(
        "\(path): no token ends a text: write eos_token_id into generation_config.json, or eos_token into "
          + "tokenizer_config.json")
    }
  }

  mutating func lookAtTemplate() {
    do throws(FileError) {
      guard let format = try ChatFormat.read(path) else { return }
      template = .read(marksAnswers: format.template.marksGenerations)
    } catch {
      template = .broken(error.description)
    }
  }
}

/// How a `tokenizer.json` cuts texts into tokens.
struct TokenizerKind {
  let name: String

  init?(_ json: [UInt8]) {
    guard let fields = try? JSONReader.read(json).object("the tokenizer"),
      let model = try? fields.required("model").object("the model")
    else { return nil }
    func type(_ part: Document?) -> String? {
      guard let part, let own = try? part.object("a part") else { return nil }
      return own.optional("type").flatMap { try? $0.string("type") }
    }
    /// The types of a part and of those that it is a sequence of.
    func types(_ key: String) -> [String] {
      guard let part = fields.optional(key) else { return [] }
      let parts = (try? part.object(key))?.optional(key == "decoder" ? "decoders" : "pretokenizers")
      return [type(part)].compactMap(\.self) + ((try? parts?.list(key)) ?? []).compactMap { type($0) }
    }
    let kind = model.optional("type").flatMap { try? $0.string("type") } ?? "BPE"
    let falls = model.optional("byte_fallback").flatMap { try? $0.bool("byte_fallback") } ?? false
    if (types("pre_tokenizer") + types("decoder")).contains("ByteLevel") {
      name = "byte-level \(kind)"
    } else {
      name = kind + (falls ? " with byte fallback" : "")
    }
  }
}
