import Documents
import Formats
import Foundation
import Transformers

/// The weights of a model in one safetensors file, or in several that an index names.
struct ModelWeights {
  private let path: String
  private var tensors: [(file: Safetensors, tensor: Safetensors.Tensor)] = []

  /// Opens the files in a folder.
  init(_ folder: String) throws(FileError) {
    let (whole, index) = ("\(folder)/model.safetensors", "\(folder)/model.safetensors.index.json")
    if !FileManager.default.fileExists(atPath: whole), FileManager.default.fileExists(atPath: index) {
      path = index
      for name in try Self.shards(index) { try append(Safetensors(path: "\(folder)/\(name)")) }
    } else {
      path = whole
      try append(Safetensors(path: whole))
    }
  }

  private mutating func append(_ file: Safetensors) throws(FileError) {
    let known = Set(tensors.map(\.tensor.name))
    for tensor in file.tensors {
      if known.contains(tensor.name) {
        throw FileError(file.path, "the tensor '\(tensor.name)' is in another file as well")
      }
      tensors.append((file, tensor))
    }
  }

  private static func shards(_ index: String) throws(FileError) -> [String] {
    let bytes = try readFile(index)
    do throws(DocumentError) {
      var names: Set<String> = []
      let map = try JSONReader.read(bytes).object("the index").required("weight_map").object("weight_map")
      for member in map.members {
        let name = try member.value.string("the file of '\(member.key)'")
        if name.contains("/") || !name.hasSuffix(".safetensors") {
          throw member.value.error("'\(name)' is no name of a safetensors file beside the index")
        }
        names.insert(name)
      }
      return names.sorted()
    } catch {
      throw FileError(index, error)
    }
  }

  /// Reads all parameters of a model. Nothing is allocated before every tensor is known to be there with its shape.
  func read(_ model: ModelConfiguration) throws(FileError) -> Parameters {
    let layout = ParameterLayout(model)
    try check(layout, model)
    let parameters = Parameters(count: layout.count)
    try fill(parameters, layout, model)
    return parameters
  }

  /// Reads all parameters of a model into its own memory, once every tensor is known to be there with its shape.
  func read(_ model: ModelConfiguration, into parameters: Parameters) throws(FileError) {
    let layout = ParameterLayout(model)
    try check(layout, model)
    try fill(parameters, layout, model)
  }

  private func fill(
    _ parameters: Parameters, _ layout: ParameterLayout, _ model: ModelConfiguration
  ) throws(FileError) {
    let found = Dictionary(tensors.map { ($0.tensor.name, $0) }) { first, _ in first }
    for block in layout.blocks {
      if let (file, tensor) = found[block.name] { try file.read(tensor, into: parameters[block.range]) }
    }
    if let (file, tensor) = found["lm_head.weight"], model.head == .language, model.tiesEmbeddings {
      try checkTied(file, tensor, layout, parameters)
    }
  }

  /// Throws what a model's folder lacks, has besides, or has in another shape.
  func check(_ layout: ParameterLayout, _ model: ModelConfiguration) throws(FileError) {
    let found = Dictionary(tensors.map { ($0.tensor.name, $0) }) { first, _ in first }
    let expected = Set(layout.blocks.map(\.name))
    let missing = layout.blocks.map(\.name).filter { found[$0] == nil }
    if !missing.isEmpty { throw FileError(path, "\(Self.list(missing)) missing, which config.json asks for") }
    let tied = model.head == .language && model.tiesEmbeddings
    let unexpected = tensors.map(\.tensor.name).filter { name in
      !expected.contains(name) && !name.hasSuffix("rotary_emb.inv_freq") && !(tied && name == "lm_head.weight")
    }
    if !unexpected.isEmpty {
      throw FileError(path, "\(Self.list(unexpected)) there, but not in a model of config.json")
    }
    for block in layout.blocks {
      guard let (file, tensor) = found[block.name], tensor.shape != block.shape else { continue }
      throw FileError(
        file.path, "the tensor '\(block.name)' has the shape \(tensor.shape), but config.json asks for \(block.shape)")
    }
  }

  /// “the tensor 'a' is”, “the tensors 'a', 'b' and 7 more are”.
  private static func list(_ names: [String]) -> String {
    let some = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    if names.count == 1 { return "the tensor \(some) is" }
    return "the tensors \(some)" + (names.count > 3 ? " and \(names.count - 3) more are" : " are")
  }

  /// transformers unties the two when both are in a file and differ.
  private func checkTied(
    _ file: Safetensors, _ tensor: Safetensors.Tensor, _ layout: ParameterLayout, _ parameters: Parameters
  ) throws(FileError) {
    guard let embedding = layout.blocks.first(where: { $0.name == "model.embed_tokens.weight" }) else { return }
    let copy = Parameters(count: tensor.count)
    try file.read(tensor, into: copy[0..<tensor.count])
    guard tensor.shape == embedding.shape, copy[0..<tensor.count].elementsEqual(parameters[embedding.range]) else {
      throw FileError(
        file.path,
        "'lm_head.weight' differs from the embedding, so that tie_word_embeddings in config.json must be false")
    }
  }
}
