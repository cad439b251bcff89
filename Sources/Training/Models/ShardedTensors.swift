import Documents
import Formats
import Foundation

/// The files of a model whose weights may not all stand in one.
///
/// Source: transformers `save_pretrained` with `max_shard_size`; huggingface_hub `split_state_dict_into_shards_factory`.
struct ShardedTensors {
  static let (whole, index) = ("model.safetensors", "model.safetensors.index.json")
  private let shards: [[Safetensors.Source]]

  /// - Parameters:
  ///   - tensors: In the order in which they fill the files.
  ///   - limit: How many bytes of numbers a file may have; a larger tensor has one of its own. Nil for one file.
  init(_ tensors: [Safetensors.Source], limit: Int?) {
    var (shards, size): ([[Safetensors.Source]], Int) = ([], 0)
    for tensor in tensors {
      if shards.isEmpty || limit.map({ size + tensor.bytes.count > $0 }) == true {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(tensor)
      size += tensor.bytes.count
    }
    self.shards = shards
  }

  /// Writes the files, the index last: what reads it finds all of them.
  func write(to folder: String) throws(FileError) {
    let (whole, index) = ("\(folder)/\(Self.whole)", "\(folder)/\(Self.index)")
    guard shards.count > 1 else {
      try Safetensors.write(shards.first ?? [], to: whole)
      return remove(index)
    }
    for (number, shard) in shards.enumerated() { try Safetensors.write(shard, to: "\(folder)/\(name(number))") }
    try AtomicFile.write(json, to: index)
    // It would be taken for the weights.
    remove(whole)
  }

  private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// `model-00002-of-00005.safetensors`
  private func name(_ number: Int) -> String {
    func digits(_ n: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(n)".count)) + "\(n)" }
    return "model-\(digits(number + 1))-of-\(digits(shards.count)).safetensors"
  }

  private var json: String {
    let files = shards.enumerated().flatMap { number, shard in shard.map { (tensor: $0, file: name(number)) } }
    var json = JSONWriter()
    json.beginObject()
    json.key("metadata")
    json.beginObject()
    json.member("total_parameters", files.reduce(0) { $0 + $1.tensor.shape.reduce(1, *) })
    json.member("total_size", files.reduce(0) { $0 + $1.tensor.bytes.count })
    json.endObject()
    json.key("weight_map")
    json.beginObject()
    for (tensor, file) in files.sorted(by: { $0.tensor.name < $1.tensor.name }) { json.member(tensor.name, file) }
    json.endObject()
    json.endObject()
    return json.text + "\n"
  }
}
