import Documents
import Formats
import Foundation
import Transformers

/// The weights of a model in one safetensors file, or in several that an index names.
struct ModelWeights {
  private let path: String
  /// How many bytes of numbers the largest file has, if there are several.
  private(set) var shardSize: Int?
  private var tensors: [(file: Safetensors, tensor: Safetensors.Tensor)] = []

  /// Opens the files in a folder.
  init(_ folder: String) throws(FileError) {
    let (whole, index) = ("\(folder)/\(ShardedTensors.whole)", "\(folder)/\(ShardedTensors.index)")
    if !FileManager.default.fileExists(atPath: whole), FileManager.default.fileExists(atPath: index) {
      path = index
      var sizes: [Int] = []
      for name in try Self.shards(index) {
        let file = try Safetensors(path: "\(folder)/\(name)")
        sizes.append(file.tensors.reduce(0) { $0 + $1.byteCount })
        try append(file)
      }
      shardSize = sizes.count > 1 ? sizes.max() : nil
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
          throw member.value.error("'\(name)' is not the name of a safetensors file beside the index")
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

  /// A model that is not trained: its matrices are packed as they are read, and stay bfloat16 where the file has that.
  func frozen(_ model: ModelConfiguration, workers: Workers) throws(FileError) -> Transformer {
    let layout = ParameterLayout(model)
    if layout.blocks.contains(where: { $0.isTransposed }) {
      // Rows cannot be read by themselves from columns.
      return Transformer(model, parameters: try read(model), workers: workers).frozen()
    }
    try check(layout, model)
    let found = named(for: model)
    let frozen = try Transformer.frozen(
      model, workers: workers, isHalf: { found[$0.name]?.tensor.type == .bf16 },
      read: { (block, range, values) throws(FileError) in
        if let (file, tensor) = found[block.name] { try file.read(tensor, from: range.lowerBound, into: values) }
      })
    try checkTied(found, model, layout)
    return frozen
  }

  private func fill(
    _ parameters: Parameters, _ layout: ParameterLayout, _ model: ModelConfiguration
  ) throws(FileError) {
    let found = named(for: model)
    for block in layout.blocks {
      guard let (file, tensor) = found[block.name] else { continue }
      try file.read(tensor, into: parameters[block.range])
      block.arrange(parameters[block.range])
    }
    try checkTied(found, model, layout)
  }

  /// Throws what a model's folder lacks, has besides, or has in another shape.
  func check(_ layout: ParameterLayout, _ model: ModelConfiguration) throws(FileError) {
    let found = named(for: model)
    let expected = Set(layout.blocks.map(\.name))
    let missing = layout.blocks.map(\.name).filter { found[$0] == nil }
    if !missing.isEmpty { throw FileError(path, "\(Self.list(missing)) missing, which config.json asks for") }
    let tied = model.head == .language && model.tiesEmbeddings
    let unexpected = found.keys.sorted().filter { name in
      !expected.contains(name) && !model.names.buffers.contains(where: name.hasSuffix)
        && !(tied && name == "lm_head.weight")
    }
    if !unexpected.isEmpty {
      throw FileError(path, "\(Self.list(unexpected)) there, but not in a model of config.json")
    }
    for block in layout.blocks {
      guard let (file, tensor) = found[block.name], tensor.shape != block.storedShape else { continue }
      throw FileError(
        file.path,
        "the tensor '\(tensor.name)' has the shape \(tensor.shape), but config.json asks for \(block.storedShape)")
    }
  }

  /// The tensors by the names of a model with a head; those of a body alone lack what these begin with.
  private func named(for model: ModelConfiguration) -> [String: (file: Safetensors, tensor: Safetensors.Tensor)] {
    let prefix = model.names.prefix
    let isWhole = tensors.contains { $0.tensor.name.hasPrefix(prefix) }
    let names = tensors.map { entry in
      let name = entry.tensor.name
      return (isWhole || name == "lm_head.weight" || name == "score.weight" ? name : prefix + name, entry)
    }
    return Dictionary(names) { first, _ in first }
  }

  /// “the tensor 'a' is”, “the tensors 'a', 'b' and 7 more are”.
  private static func list(_ names: [String]) -> String {
    let some = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    if names.count == 1 { return "the tensor \(some) is" }
    return "the tensors \(some)" + (names.count > 3 ? " and \(names.count - 3) more are" : " are")
  }

  /// transformers unties the two when both are in a file and differ.
  private func checkTied(
    _ found: [String: (file: Safetensors, tensor: Safetensors.Tensor)], _ model: ModelConfiguration,
    _ layout: ParameterLayout
  ) throws(FileError) {
    guard model.head == .language, model.tiesEmbeddings, let head = found["lm_head.weight"],
      let embedding = found[layout.blocks[0].name]
    else { return }
    let isSame = head.tensor.shape == embedding.tensor.shape
    guard isSame, try Self.areEqual(head, embedding) else {
      throw FileError(
        head.file.path,
        "'lm_head.weight' differs from the embedding, so tie_word_embeddings in config.json must be false")
    }
  }

  private static func areEqual(
    _ a: (file: Safetensors, tensor: Safetensors.Tensor), _ b: (file: Safetensors, tensor: Safetensors.Tensor)
  ) throws(FileError) -> Bool {
    let piece = 1 << 20
    let (first, second) = (Parameters(count: piece), Parameters(count: piece))
    for start in stride(from: 0, to: a.tensor.count, by: piece) {
      let range = 0..<min(piece, a.tensor.count - start)
      try a.file.read(a.tensor, from: start, into: first[range])
      try b.file.read(b.tensor, from: start, into: second[range])
      guard first[range].elementsEqual(second[range]) else { return false }
    }
    return true
  }
}
