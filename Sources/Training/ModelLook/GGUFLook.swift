import Formats
import Transformers

extension ModelLook {
  /// Looks into a GGUF file.
  mutating func lookAtFile() {
    bytes = Self.size(path)
    attempt { () throws(FileError) in
      let model = try GGUFModel(path)
      family = model.family
      take(model.numbers)
      shape = try model.configuration()
      take(model.numbers)
      if let shape { try model.check(shape) }
    }
    guard shape != nil else { return }
    attempt { () throws(FileError) in
      let read = try GGUFModel(path).tokenizer()
      tokenizer = TokenizerKind(read.files.tokenizer)?.name
      take(read)
    }
    lookAtTemplate()
  }
}
