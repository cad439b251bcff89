import Formats
import Foundation

/// What somebody probably meant whose `--model` is no model's folder.
enum ModelHints {
  /// Throws with what to do, if a path is one of the usual mistakes.
  static func check(_ path: String) throws(FileError) {
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    guard !has("config.json") else { return try checkWeights(path, has) }
    if !FileManager.default.fileExists(atPath: path) {
      // `owner/name`, as the hub has it.
      guard path.wholeMatch(of: /[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*/) != nil else {
        throw FileError(path, "there is no such folder")
      }
      throw FileError(
        path,
        "there is no such folder; a model of the hub is downloaded first:  hf download \(path) --local-dir \(path)")
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      let folder = (path as NSString).deletingLastPathComponent
      throw FileError(
        path, "is a file; --model takes the folder of a model, \(folder.isEmpty ? "." : folder), or a GGUF file")
    }
    if has("model/config.json") || has("model/adapter_config.json") {
      throw FileError(path, "is the folder of a run; its model is \(path)/model")
    }
    if let model = FileManager.default.enumerator(atPath: path)?.lazy.compactMap({ $0 as? String }).first(where: {
      $0.lowercased().hasSuffix(".gguf") || $0.hasSuffix("/config.json") || $0.hasSuffix("/adapter_config.json")
    }), !has("adapter_config.json") {
      let inside = model.hasSuffix(".json") ? (model as NSString).deletingLastPathComponent : model
      throw FileError(path, "holds no model itself; there is one at \(path)/\(inside)")
    }
  }

  private static func checkWeights(_ path: String, _ has: (String) -> Bool) throws(FileError) {
    guard !has("model.safetensors"), !has("model.safetensors.index.json"),
      has("pytorch_model.bin") || has("pytorch_model.bin.index.json")
    else { return }
    throw FileError(
      path,
      "has its weights as pytorch_model.bin, which can hold programs; write them as safetensors:  python -c 'from transformers "
        + "import AutoModelForCausalLM as M; M.from_pretrained(\"\(path)\").save_pretrained(\"\(path)\")'")
  }
}
