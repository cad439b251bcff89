import Documents
import Formats
import Foundation
import Testing
import Transformers

@testable import Training

/// What is read of each family's `config.json`; that the numbers are those of transformers is in `Tests/Interop/test_families.py`.
@Suite struct FamilyTests {
  private func read(_ json: String) throws -> ModelConfiguration { try ModelConfiguration(JSONReader.read(json)) }

  /// The feature of a family that its smallest configuration file turns on.
  @Test func aFamilyIsItsFeatures() throws {
    func family(_ name: String, _ more: String = "") throws -> ModelConfiguration {
      try read(#"{"model_type": "\#(name)", "num_hidden_layers": 8\#(more)}"#)
    }
    #expect(try family("mistral").slidingLayers == Set(0..<8) && family("mistral").slidingWindow == 4096)
    #expect(try family("mistral", #", "sliding_window": null"#).slidingLayers.isEmpty)
    #expect(try family("smollm3").unrotatedLayers == [3, 7] && family("smollm3").ropeTheta == 2_000_000)
    #expect(try family("olmo2").normPlace == .after && family("olmo2").queryKeyNorm == .whole)
    #expect(try family("granite", #", "logits_scaling": 8"#).logitsScaling == 8)
    #expect(try family("granite", #", "attention_multiplier": 0.5"#).attentionScale == 0.5)
    #expect(try family("phi3").names.queryKeyValue == ["self_attn.qkv_proj"])
    let gemma = try family("gemma3_text")
    #expect(gemma.norm == .rootMeanSquareAroundOne && gemma.normPlace == .around && gemma.activation == .geGLU)
    #expect(gemma.slidingLayers == [0, 1, 2, 3, 4, 6, 7] && gemma.slidingRopeTheta == 10_000)
    #expect(gemma.embeddingMultiplier == 48 && gemma.attentionScale == 1.0 / 16 && gemma.ropeTheta == 1_000_000)
    let gpt2 = try read(#"{"model_type": "gpt2", "n_layer": 3, "n_embd": 48, "n_head": 4, "n_positions": 9}"#)
    #expect(gpt2.norm == .layer && gpt2.positions == .learned && gpt2.activation == .gelu)
    #expect(gpt2.layerCount == 3 && gpt2.intermediateSize == 192 && gpt2.headSize == 12 && gpt2.maxPositions == 9)
    let attention = ParameterLayout(gpt2).blocks.first { $0.name == "transformer.h.0.attn.c_attn.weight" }
    #expect(attention?.shape == [144, 48] && attention?.storedShape == [48, 144])
  }

  @Test func theUpperLayersOfQwenSlideWhereItIsTold() throws {
    func qwen(_ more: String) throws -> ModelConfiguration {
      try read(#"{"model_type": "qwen3", "num_hidden_layers": 30\#(more)}"#)
    }
    #expect(try qwen(#", "sliding_window": 128"#).slidingLayers.isEmpty)
    #expect(try qwen(#", "use_sliding_window": true, "sliding_window": null"#).slidingLayers.isEmpty)
    #expect(try qwen(#", "use_sliding_window": true, "max_window_layers": 30"#).slidingLayers.isEmpty)
    #expect(try qwen(#", "use_sliding_window": true"#).slidingLayers == [28, 29])
    let types = (0..<30).map { $0 == 4 ? #""sliding_attention""# : #""full_attention""# }.joined(separator: ", ")
    #expect(try qwen(#", "use_sliding_window": true, "layer_types": [\#(types)]"#).slidingLayers == [4])
    #expect(throws: DocumentError.self) { try qwen(#", "layer_types": [\#(types)]"#) }
    #expect(throws: DocumentError.self) { try qwen(#", "layer_types": ["full_attention"]"#) }
  }

  private static let small = #""vocab_size": 99, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0"#
  private static let factors = "[\(Array(repeating: "1.5", count: 48).joined(separator: ", "))]"

  @Test(arguments: [
    #""model_type": "llama", "rope_scaling": {"rope_type": "dynamic", "factor": 2}"#,
    #""model_type": "llama", "rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 512}"#,
    #""model_type": "llama", "rope_scaling": {"rope_type": "yarn", "truncate": false, "attention_factor": 0.7}"#,
    #""model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 30"#, #""model_type": "qwen3""#,
    #""model_type": "mistral""#, #""model_type": "mistral", "sliding_window": null"#, #""model_type": "smollm3""#,
    #""model_type": "smollm3", "use_sliding_window": true, "sliding_window": 7, "no_rope_layer_interval": 3"#,
    #""model_type": "olmo2", "attention_bias": true"#, #""model_type": "phi3", "sliding_window": 2047"#,
    #""model_type": "granite", "embedding_multiplier": 12, "residual_multiplier": 0.22, "logits_scaling": 8"#,
    #""model_type": "phi3", "partial_rotary_factor": 0.75"#, #""model_type": "gemma3_text""#,
    #""model_type": "phi3", "max_position_embeddings": 131072, "rope_scaling": {"type": "su", "#
      + #""short_factor": \#(factors), "long_factor": \#(factors)}"#,
    #""model_type": "gemma3_text", "rope_scaling": {"rope_type": "linear", "factor": 8}, "sliding_window_pattern": 2"#,
    #""model_type": "gemma3_text", "query_pre_attn_scalar": 168, "rope_local_base_freq": 5000"#,
    #""model_type": "gpt2""#,
  ])
  func whatIsReadIsWritten(fields: String) throws {
    var model = try read("{\(Self.small), \(fields)}")
    #expect(try read(model.json()) == model)
    model.head = .scalar
    #expect(try read(model.json()) == model)
  }

  @Test(arguments: [
    (#""model_type": "gemma""#, "model_type must be one of: llama, qwen2, "),
    (#""model_type": "smollm3", "no_rope_layers": [1]"#, "no_rope_layers must have a number for each of 36 layers"),
    (
      #""model_type": "granite", "residual_multiplier": 0.2, "mlp_bias": true"#,
      "residual_multiplier must be 1 in a model with attention_bias or mlp_bias"
    ),
    (#""model_type": "gemma3_text", "hidden_activation": "silu""#, "hidden_activation must be 'gelu_pytorch_tanh'"),
    (#""model_type": "gemma3_text", "final_logit_softcapping": 30"#, "final_logit_softcapping must be null"),
    (#""model_type": "gemma3_text", "use_bidirectional_attention": true"#, "use_bidirectional_attention must be false"),
    (
      #""model_type": "gemma3_text", "rope_parameters": {"sliding_attention": {"rope_type": "linear"}}"#,
      "the rope_type of sliding layers must be 'default'"
    ),
    (#""model_type": "gpt2", "activation_function": "relu""#, "activation_function must be 'gelu_new'"),
    (#""model_type": "gpt2", "n_embd": 50"#, "n_embd must be a multiple of n_head, 12"),
    (#""model_type": "gpt2", "n_head": 0"#, "n_head must be 1 to 4096, found 0"),
    (
      #""model_type": "gpt2", "scale_attn_by_inverse_layer_idx": true"#,
      "scale_attn_by_inverse_layer_idx must be false"
    ),
    (#""model_type": "phi3", "partial_rotary_factor": 1.5"#, "partial_rotary_factor must be at most 1"),
    (#""model_type": "phi3", "partial_rotary_factor": 0.1"#, "must rotate an even number of the 96 columns of a head"),
    (#""model_type": "mistral", "sliding_window": 0"#, "sliding_window must be above 0"),
  ])
  func whatIsNotComputedIsRefused(fields: String, message: String) throws {
    let error = #expect(throws: DocumentError.self) { try read("{\(fields)}") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  // Written by `Tests/Interop/family_models.py`.
  private static let models = [
    "llama-yarn", "qwen2-window", "mistral-window", "smollm3-window", "olmo2", "granite", "phi3-longrope", "phi3-part",
    "gemma3-linear", "gpt2",
  ]

  @Test(arguments: models) func theNumbersAreThoseOfTransformers(name: String) throws {
    let folder = modelPath("families/\(name)")
    let configuration = try ModelDirectory.readConfiguration(folder)
    let model = Transformer(configuration, parameters: try ModelWeights(folder).read(configuration))
    let cases = try JSONReader.read(readFile("\(folder)/expected.json")).list()
    #expect(cases.count == 2)
    for entry in cases {
      let fields = try entry.object("a case")
      let ids = try fields.required("ids").list().map { Int32(try $0.integer()) }
      let expected = try fields.required("logprobs").list().map { Float(try $0.number()) }
      let logps = model.forward(.scoring([ids], from: [1])).logps
      #expect(logps.count == expected.count && zip(logps, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test(arguments: models) func whatIsWrittenHasTheTensorsThatWereRead(name: String) throws {
    let (folder, scratch) = (modelPath("families/\(name)"), try ScratchFolder())
    let configuration = try ModelDirectory.readConfiguration(folder)
    let parameters = try ModelWeights(folder).read(configuration)
    let tokenizer = try Tokenizer.characters(in: "abc")
    try ModelDirectory.write(configuration, parameters, tokenizer, to: scratch.path, roundingAsRead: true)
    #expect(try ModelDirectory.readConfiguration(scratch.path) == configuration)
    // As BF16, in the same order: the file that transformers wrote.
    #expect(try readFile("\(scratch.path)/model.safetensors") == readFile("\(folder)/model.safetensors"))
    try ModelDirectory.write(configuration, parameters, tokenizer, to: scratch.path + "/whole")
    let whole = try ModelDirectory.read(scratch.path + "/whole")
    #expect(whole.parameters.hasSameBits(as: parameters) && whole.configuration.numberType == .float32)
  }

  /// GPT-2 on the hub: its body alone, with masks beside the weights.
  @Test func aBodyAloneIsAModelToo() throws {
    let (folder, scratch) = (modelPath("families/gpt2"), try ScratchFolder())
    let configuration = try ModelDirectory.readConfiguration(folder)
    let parameters = try ModelWeights(folder).read(configuration)
    let file = try Safetensors(path: "\(folder)/model.safetensors")
    var (sources, memory): ([Safetensors.Source], [Parameters]) = ([], [])
    for tensor in file.tensors {
      let numbers = Parameters(count: tensor.count)
      try file.read(tensor, into: numbers[0..<tensor.count])
      memory.append(numbers)
      sources.append(
        Safetensors.Source(
          name: String(tensor.name.dropFirst("transformer.".count)), shape: tensor.shape,
          values: UnsafeBufferPointer(numbers[0..<tensor.count])))
    }
    sources.append(
      Safetensors.Source(name: "h.0.attn.bias", shape: [1], values: UnsafeBufferPointer(parameters[0..<1])))
    try Safetensors.write(sources, to: "\(scratch.path)/model.safetensors")
    withExtendedLifetime(memory) {}
    #expect(try ModelWeights(scratch.path).read(configuration).hasSameBits(as: parameters))
  }

  @Test func beyondTheFirstPositionsLongRopeIsNotComputed() throws {
    let scaling = #"{"type": "longrope", "short_factor": \#(Self.factors), "long_factor": \#(Self.factors)}"#
    let model = try read(
      #"{"model_type": "phi3", "max_position_embeddings": 131072, "rope_scaling": \#(scaling)}"#)
    #expect(model.maxPositions == 131_072 && model.positionLimit == 4096)
  }
}
