import Documents
import Formats
import Testing
import Transformers

@testable import Training

/// What is said of a model before it is read.
@Suite struct ModelLookTests {
  @Test(arguments: ["llama-tiny", "llama-bpe", "qwen2-tiny", "llama-bpe.gguf"])
  func aModelThatIsReadIsSupported(name: String) throws {
    let look = ModelLook(modelPath(name))
    let model = try LanguageModel.read(modelPath(name))
    #expect(look.isSupported, "\(look.problems)")
    #expect(look.parameters == model.model.parameters.count && look.shape == model.model.configuration)
    #expect(look.vocabulary == model.tokenizer.vocabularySize)
    #expect(look.ends.map(\.id) == model.stops.map(Int.init))
    #expect(look.types == ["F32"] && look.bytes > 4 * model.model.parameters.count)
    #expect(look.template == (name.hasSuffix("gguf") ? .read(marksAnswers: false) : .none))
    #expect(look.tokenizer == (name == "llama-tiny" ? "BPE" : "byte-level BPE"))
  }

  @Test func theContextIsWhatTheModelTakes() throws {
    var shape = try LanguageModel.read(modelPath("llama-tiny")).model.configuration
    shape.maxPositions = 131072
    #expect(ModelLook.context(shape) == "131,072")
    shape.ropeScaling = .longRope(short: [], long: [], originalPositions: 4096, attentionFactor: 1)
    #expect(ModelLook.context(shape) == "4,096 of 131,072")
  }

  private func folder(_ files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, name) }
    return folder
  }

  @Test func everythingThatIsMissingIsSaidAtOnce() throws {
    let folder = try folder(["config.json": #"{"model_type": "mamba", "architectures": ["MambaForCausalLM"]}"#])
    let look = ModelLook(folder.path)
    #expect(look.family == "mamba" && look.shape == nil)
    #expect(look.problems.count == 2)
    #expect(look.problems[0].contains("MambaForCausalLM") && look.problems[0].contains("supported are"))
    #expect(look.problems[1].contains("tokenizer.json: is missing"))
  }

  @Test func modelsAreFoundBelowAFolder() throws {
    let models = String(modelPath("llama-tiny").dropLast("/llama-tiny".count))
    let names = ["llama-bpe", "llama-bpe.gguf", "llama-tiny", "qwen2-tiny"]
    let found = try ModelFinder.models(models + "/")
    #expect(found.filter { !$0.contains("/families/") } == names.map { "\(models)/\($0)" })
    #expect(found.contains("\(models)/families/gpt2"))
    #expect(try ModelFinder.models(modelPath("llama-tiny")) == [modelPath("llama-tiny")])
    let table = ModelTable(names.map { ModelLook("\(models)/\($0)") })
    let lines = table.text.plain.split(separator: "\n")
    #expect(lines.count == 6 && lines.dropFirst().allSatisfy { $0.count <= 80 })
    #expect(try JSONReader.read(Array(table.json.utf8)).list("models").count == 4)
  }

  @Test func nothingToFindIsAnErrorThatSaysWhy() throws {
    let folder = try folder(["notes.txt": ""])
    #expect(throws: TrainingError.self) { try ModelFinder.models(folder.path) }
    #expect(throws: TrainingError.self) { try ModelFinder.models("\(folder.path)/notes.txt") }
    let hub = #expect(throws: TrainingError.self) { try ModelFinder.models("somebody/some-model") }
    #expect(hub?.message.contains("hf download") == true)
  }
}
