import Formats
import Transformers

extension ModelLook {
  /// Looks into a GGUF file.
  mutating func lookAtFile() {
    bytes = Self.size(path)
    attempt { (look: inout ModelLook) throws(FileError) in
      let model = try GGUFModel(look.path)
      look.family = model.family
      look.take(model.numbers)
      let shape = try model.configuration()
      look.shape = shape
      look.take(model.numbers)
      try model.check(shape)
    }
    guard shape != nil else { return }
    attempt { (look: inout ModelLook) throws(FileError) in
      let read = try GGUFModel(look.path).tokenizer()
      look.tokenizer = TokenizerKind(read.files.tokenizer)?.name
      look.take(read)
    }
    lookAtTemplate()
  }
}
