import Documents
import Formats
import Testing
import Transformers

@testable import Training

/// The model `llama-bpe` once more, as llama.cpp keeps it.
@Suite struct GGUFModelTests {
  @Test func theModelIsThatOfTheFolder() throws {
    let (folder, file) = (
      try ModelDirectory.read(modelPath("llama-bpe")), try ModelDirectory.read(modelPath("llama-bpe.gguf"))
    )
    // How weights were drawn is not told.
    var configuration = folder.configuration
    configuration.initializerRange = file.configuration.initializerRange
    #expect(file.configuration == configuration)
    #expect(file.parameters.hasSameBits(as: folder.parameters))
    #expect(file.tokenizer.special.end == folder.tokenizer.special.end)
    for text in ["To be\nor not", " the film, 1234 é 日本 <eos>x", ""] {
      #expect(file.tokenizer.encode(text) == folder.tokenizer.encode(text))
    }
  }

  @Test func itIsWrittenAsAFolderWithItsTemplate() throws {
    let model = try LanguageModel.read(modelPath("llama-bpe.gguf"))
    let folder = try ScratchFolder()
    try model.write(to: folder.path + "/new")
    let again = try ModelDirectory.read(folder.path + "/new")
    #expect(again.parameters.hasSameBits(as: model.model.parameters))
    let messages = try JSONReader.read(#"[{"role": "user", "content": "Hi"}]"#).list()
    for path in [folder.path + "/new", modelPath("llama-bpe.gguf")] {
      let format = try #require(try ChatFormat.read(path))
      #expect(try format.render(ChatTemplate.Input(messages: messages)).text == "user: Hi\n")
    }
  }
}
