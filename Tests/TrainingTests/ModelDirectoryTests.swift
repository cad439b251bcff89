import Documents
import Formats
import Foundation
import Testing
import Transformers

@testable import Training

/// A folder that goes away with its owner.
final class ScratchFolder {
  let path = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)").path

  init(copying model: String? = nil) throws {
    if let model {
      try FileManager.default.copyItem(atPath: modelPath(model), toPath: path)
    } else {
      try AtomicFile.makeFolder(path)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func text(_ name: String) throws -> String { String(decoding: try readFile("\(path)/\(name)"), as: UTF8.self) }

  func replace(_ old: String, _ new: String, in name: String) throws {
    let text = try text(name)
    try #require(text.contains(old))
    try AtomicFile.write(text.replacingOccurrences(of: old, with: new), to: "\(path)/\(name)")
  }
}

func modelPath(_ name: String) -> String {
  (Bundle.module.resourcePath ?? "") + "/Models/\(name)"
}

@Suite struct ModelDirectoryTests {
  static let names = ["llama-tiny", "llama-bpe", "qwen2-tiny"]

  @Test(arguments: names) func textsHaveTheTokensThatTransformersGivesThem(name: String) throws {
    let tokenizer = try ModelDirectory.read(modelPath(name)).tokenizer
    let cases = try JSONReader.read(readFile("\(modelPath(name))/expected-logprobs.json")).list()
    #expect(cases.count > 3)
    for entry in cases {
      let fields = try entry.object("a case")
      let text = try fields.required("text").string()
      let ids = tokenizer.encode(text)
      #expect(try ids == fields.required("ids").list().map { Int32(try $0.integer()) })
      if !ids.contains(3) || name != "llama-tiny" { #expect(tokenizer.decode(ids) == text) }
    }
  }

  @Test(arguments: names) func whatIsWrittenIsReadBitForBit(name: String) throws {
    let (configuration, parameters, tokenizer) = try ModelDirectory.read(modelPath(name))
    let folder = try ScratchFolder()
    try ModelDirectory.write(configuration, parameters, tokenizer, to: folder.path + "/new")
    let again = try ModelDirectory.read(folder.path + "/new")
    #expect(again.configuration == configuration)
    #expect(again.parameters.hasSameBits(as: parameters))
    #expect(again.tokenizer.special == tokenizer.special)
    for file in ["model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
      // The weights too: the same bytes as the reference implementation writes.
      #expect(try readFile("\(folder.path)/new/\(file)") == readFile("\(modelPath(name))/\(file)"), "\(file)")
    }
  }

  @Test func templateAndSettingsOfGenerationGoAlong() throws {
    let folder = try ScratchFolder(copying: "llama-tiny")
    let settings = #"{"eos_token_id": [2, 1, 5], "do_sample": true, "temperature": 0.5, "top_p": 0.9, "unknown": 1}"#
    let template = "{{ messages[0].content }}\r\n"
    try AtomicFile.write(settings, to: "\(folder.path)/generation_config.json")
    try AtomicFile.write(template, to: "\(folder.path)/chat_template.jinja")
    let withTools = "additional_chat_templates/tool_use.jinja"
    try AtomicFile.makeFolder("\(folder.path)/additional_chat_templates")
    try AtomicFile.write(template + "{{ tools }}", to: "\(folder.path)/\(withTools)")
    let model = try LanguageModel.read(folder.path)
    #expect(Set(model.stops) == [2, 1, 5])
    let sampling = model.chatSampling
    #expect(sampling.temperature == 0.5 && sampling.topP == 0.9 && sampling.topK == 50)
    // The likeliest token is that with the penalty.
    try AtomicFile.write(#"{"repetition_penalty": 1.5}"#, to: "\(folder.path)/generation_config.json")
    let greedy = try LanguageModel.read(folder.path).chatSampling
    #expect(greedy.temperature == 0 && greedy.repetitionPenalty == 1.5)
    try AtomicFile.write(settings, to: "\(folder.path)/generation_config.json")
    try model.write(to: folder.path + "/new")
    #expect(try folder.text("new/generation_config.json") == settings)
    #expect(try folder.text("new/chat_template.jinja") == template)
    #expect(try folder.text("new/\(withTools)") == template + "{{ tools }}")
    #expect(try LanguageModel.read(folder.path + "/new").stops == model.stops)
  }

  @Test func theUsualMistakesAreAnsweredByWhatToDo() throws {
    func message(_ path: String) -> String {
      do throws(FileError) {
        _ = try ModelDirectory.read(path)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message("Qwen/Qwen2.5-0.5B")
        == "Qwen/Qwen2.5-0.5B: there is no such folder; a model of the hub is downloaded first:  "
        + "hf download Qwen/Qwen2.5-0.5B --local-dir Qwen/Qwen2.5-0.5B")
    #expect(message("smollm") == "smollm: there is no such folder")
    // Asked for a chat template, it is the model that is missing.
    #expect(throws: FileError.self) { try ModelDirectory.chatFormat("smollm") }
    let folder = try ScratchFolder(copying: "llama-tiny")
    let weights = "\(folder.path)/model.safetensors"
    #expect(
      message(weights) == "\(weights): is a file; --model takes the folder of a model, \(folder.path), or a GGUF file")
    try AtomicFile.write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", to: weights)
    #expect(message(folder.path) == "\(weights): is only a pointer to the file; `git lfs pull` fetches it")
    try FileManager.default.moveItem(atPath: weights, toPath: "\(folder.path)/pytorch_model.bin")
    #expect(message(folder.path).contains("which can hold programs; write them as safetensors"))
    let run = try ScratchFolder()
    try FileManager.default.copyItem(atPath: modelPath("llama-tiny"), toPath: "\(run.path)/model")
    #expect(message(run.path) == "\(run.path): is the folder of a run; its model is \(run.path)/model")
    // One that trained adapters.
    try FileManager.default.removeItem(atPath: "\(run.path)/model")
    try FileManager.default.createDirectory(atPath: "\(run.path)/model", withIntermediateDirectories: true)
    try AtomicFile.write("{}", to: "\(run.path)/model/adapter_config.json")
    #expect(message(run.path) == "\(run.path): is the folder of a run; its model is \(run.path)/model")
    #expect(throws: FileError.self) { try ModelDirectory.chatFormat(run.path) }
    #expect(throws: FileError(run.path, "is the folder of a run; its model is \(run.path)/model")) {
      try ModelDirectory.readConfiguration(run.path)
    }
  }

  /// Training makes paths absolute, and a name of the hub is still known.
  @Test(arguments: [RunPath.model, .rewardModel, .teacher]) func aNameOfTheHubIsKnownToTraining(path: RunPath) throws {
    var run = RunConfiguration(path == .teacher ? .distillation : .ppo)
    run[.model] = modelPath("llama-tiny")
    run[path] = "Qwen/Qwen2.5-0.5B"
    let error = #expect(throws: TrainingError.self) { try run.check() }
    #expect(error?.message.contains("hf download Qwen/Qwen2.5-0.5B") == true)
  }

  @Test func severalEndsOfTextInTheConfigurationAreKept() throws {
    let folder = try ScratchFolder(copying: "llama-tiny")
    let before = try folder.text("config.json")
    let end = try #require(try LanguageModel.read(folder.path).stops.first)
    try? FileManager.default.removeItem(atPath: "\(folder.path)/generation_config.json")
    let old = try #require(before.firstMatch(of: /"eos_token_id": \d+/)).output
    try folder.replace(String(old), "\"eos_token_id\": [\(end), 7]", in: "config.json")
    let model = try LanguageModel.read(folder.path)
    #expect(model.stops == [end, 7])
    try model.write(to: folder.path + "/new")
    #expect(try LanguageModel.read(folder.path + "/new").stops == [end, 7])
  }

  /// PEFT writes no `generation_config.json` beside adapters: the base's tells with which tokens a text ends.
  @Test(arguments: [false, true]) func adaptersKeepTheBasesEndsOfText(asPEFT: Bool) throws {
    let folder = try ScratchFolder(copying: "llama-tiny")
    let end = try #require(try LanguageModel.read(folder.path).stops.first)
    try AtomicFile.write(
      #"{"eos_token_id": [\#(end), 7], "do_sample": true, "temperature": 0.25}"#,
      to: "\(folder.path)/generation_config.json")
    let adapters = "\(folder.path)/adapters"
    try LanguageModel.read(folder.path, for: .adapters(LowRank(rank: 2, alpha: 4, targets: ["q_proj"]), seed: 1))
      .write(to: adapters)
    if asPEFT { try FileManager.default.removeItem(atPath: "\(adapters)/generation_config.json") }
    let model = try LanguageModel.read(adapters, for: .frozen)
    #expect(model.stops == [end, 7] && model.chatSampling.temperature == 0.25)
  }

  @Test func aScalarHeadIsWrittenAndRead() throws {
    var (configuration, _, tokenizer) = try ModelDirectory.read(modelPath("llama-tiny"))
    configuration.head = .scalar
    configuration.family = .qwen3
    configuration.queryKeyNorm = .perHead
    configuration.ropeScaling = .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, originalPositions: 128)
    let parameters = Parameters(count: ParameterLayout(configuration).count)
    for i in 0..<parameters.count { parameters.values[i] = Float(i) }
    let folder = try ScratchFolder()
    try ModelDirectory.write(configuration, parameters, tokenizer, to: folder.path)
    let again = try ModelDirectory.read(folder.path)
    #expect(again.configuration == configuration)
    #expect(again.parameters.hasSameBits(as: parameters))
  }

  @Test func shardsAreReadTogether() throws {
    let (configuration, parameters, _) = try ModelDirectory.read(modelPath("llama-bpe"))
    let folder = try ScratchFolder(copying: "llama-bpe")
    try FileManager.default.removeItem(atPath: folder.path + "/model.safetensors")
    var map: [String] = []
    let blocks = ParameterLayout(configuration).blocks
    for (n, part) in [blocks.prefix(5), blocks.dropFirst(5)].enumerated() {
      let sources = part.map { block in
        Safetensors.Source(name: block.name, shape: block.shape, values: UnsafeBufferPointer(parameters[block.range]))
      }
      try Safetensors.write(sources, to: "\(folder.path)/part-\(n).safetensors")
      map += part.map { "\"\($0.name)\": \"part-\(n).safetensors\"" }
    }
    let index = "\(folder.path)/model.safetensors.index.json"
    try AtomicFile.write("{\"weight_map\": {\(map.joined(separator: ", "))}}", to: index)
    let again = try ModelDirectory.read(folder.path)
    #expect(again.parameters.hasSameBits(as: parameters) && again.configuration.shardSize != nil)
    try writesShards(again)
    try AtomicFile.write("{\"weight_map\": {\"a\": \"../x.safetensors\"}}", to: index)
    let error = #expect(throws: FileError.self) { try ModelDirectory.read(folder.path) }
    #expect(
      error?.description == "\(index):1:22: '../x.safetensors' is not the name of a safetensors file beside the index")
  }

  /// What was read from several files is written into several, none larger than the largest was.
  private func writesShards(_ model: ModelDirectory.Contents) throws {
    let folder = try ScratchFolder()
    let limit = try #require(model.configuration.shardSize)
    func files() -> [String] { RunFile.entries(folder.path).filter { $0.hasPrefix("model") } }
    var whole = model.configuration
    whole.shardSize = nil
    try ModelDirectory.write(whole, model.parameters, model.tokenizer, to: folder.path)
    #expect(files() == ["model.safetensors"])
    // One file, which would be read instead, makes way for several; and these for one.
    try ModelDirectory.write(model.configuration, model.parameters, model.tokenizer, to: folder.path)
    #expect(
      files() == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
      ])
    for name in files().prefix(2) {
      let file = try Safetensors(path: "\(folder.path)/\(name)")
      #expect(file.tensors.reduce(0) { $0 + $1.byteCount } <= limit)
    }
    #expect(try ModelDirectory.read(folder.path).parameters.hasSameBits(as: model.parameters))
    try ModelDirectory.write(whole, model.parameters, model.tokenizer, to: folder.path)
    #expect(files().contains("model.safetensors") && !files().contains("model.safetensors.index.json"))
  }

  @Test func aTiedHeadMayBeThereIfItIsTheEmbedding() throws {
    let (configuration, parameters, _) = try ModelDirectory.read(modelPath("llama-tiny"))
    let folder = try ScratchFolder(copying: "llama-tiny")
    let head = Parameters(copying: parameters)
    let embedding = try #require(ParameterLayout(configuration).blocks.first)
    func write() throws {
      var sources = ParameterLayout(configuration).blocks.map { block in
        Safetensors.Source(name: block.name, shape: block.shape, values: UnsafeBufferPointer(parameters[block.range]))
      }
      sources.append(
        .init(name: "lm_head.weight", shape: embedding.shape, values: UnsafeBufferPointer(head[embedding.range])))
      sources.append(
        .init(
          name: "model.layers.0.self_attn.rotary_emb.inv_freq", shape: [2], values: UnsafeBufferPointer(head[0..<2])))
      try Safetensors.write(sources, to: "\(folder.path)/model.safetensors")
    }
    try write()
    #expect(try ModelDirectory.read(folder.path).parameters.hasSameBits(as: parameters))
    head.values[3] += 1
    try write()
    let error = #expect(throws: FileError.self) { try ModelDirectory.read(folder.path) }
    #expect(error?.reason.contains("tie_word_embeddings in config.json must be false") == true)
  }

  @Test(arguments: [
    (#""hidden_size": 48"#, #""hidden_size": 96"#, "the tensor 'model.embed_tokens.weight' has the shape [100, 48]"),
    (
      #""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#,
      "'model.layers.2.input_layernorm.weight', 'model.layers.2."
    ),
    (#""num_hidden_layers": 2"#, #""num_hidden_layers": 1"#, "and 6 more are there, but not in a model of config.json"),
    (#""tie_word_embeddings": true"#, #""tie_word_embeddings": false"#, "the tensor 'lm_head.weight' is missing"),
    (#""vocab_size": 100"#, #""vocab_size": 99"#, "has 100 tokens, but the model only 99"),
    (#""hidden_act": "silu""#, #""hidden_act": "gelu""#, "config.json:11:17: hidden_act must be 'silu'"),
    (#""LlamaForCausalLM""#, #""GemmaForCausalLM""#, "the architecture 'GemmaForCausalLM' is not supported"),
    (#""LlamaForCausalLM""#, #""Qwen2ForCausalLM""#, "model_type must be 'qwen2'"),
    (#""LlamaForCausalLM""#, #""LlamaForSequenceClassification""#, "a model with 2 labels"),
    (#""rope_type": "default""#, #""rope_type": "proportional""#, "rope_type 'proportional' is not supported"),
    (#""rope_type": "default""#, #""rope_type": "dynamic""#, "needs the key 'factor'"),
    (#""rope_type": "default""#, #""rope_type": "longrope""#, "needs the key 'short_factor'"),
    (
      #""rope_type": "default""#, #""rope_type": "longrope", "short_factor": [1], "long_factor": [1]"#,
      "short_factor must have 6 numbers"
    ),
    (#""use_cache""#, #""partial_rotary_factor": 0.5, "use_cache""#, "partial_rotary_factor must be 1"),
    (#""use_cache""#, #""layer_types": ["sliding_attention"], "use_cache""#, "this family has no sliding windows"),
    (#""rope_type": "default""#, #""rope_type": "linear""#, "needs the key 'factor'"),
    (#""use_cache""#, #""quantization_config": {}, "use_cache""#, "quantization_config is not supported"),
    (#""num_key_value_heads": 2"#, #""num_key_value_heads": 3"#, "num_key_value_heads must divide"),
    (#""head_dim": 12"#, #""head_dim": 11"#, "head_dim must be even"),
    (#""vocab_size": 100"#, #""vocab_size": 1e15"#, "vocab_size must be 1 to 16777216"),
    (#""eos_token_id": 2"#, #""eos_token_id": 100"#, "eos_token_id must be a token"),
  ])
  func aConfigurationThatDoesNotFitIsRefused(old: String, new: String, reason: String) throws {
    let folder = try ScratchFolder(copying: "llama-tiny")
    try folder.replace(old, new, in: "config.json")
    let error = #expect(throws: FileError.self) { try ModelDirectory.read(folder.path) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func oldConfigurationsMeanTheSame() throws {
    let old = try ModelConfiguration(
      JSONReader.read(
        #"""
        {"architectures": ["LlamaForCausalLM"], "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3",
        "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
        "num_key_value_heads": null, "eos_token_id": [128001, 128009], "vocab_size": 128256}
        """#))
    #expect(old.ropeTheta == 500_000)
    #expect(old.ropeScaling == .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, originalPositions: 8192))
    #expect(old.keyValueHeadCount == 32 && old.headSize == 128 && old.intermediateSize == 11_008)
    #expect(old.eosToken == 128_001 && old.bosToken == 1 && !old.tiesEmbeddings)
  }
}
