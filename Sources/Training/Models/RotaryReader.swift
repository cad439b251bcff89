import Documents
import Foundation
import Transformers

// Rotary embeddings in a `config.json`.
extension ConfigurationReader {
  /// What all layers share. transformers before 5 wrote `rope_scaling`, and prefers it where both are there.
  func readRotation(_ model: inout ModelConfiguration) throws(DocumentError) {
    let value = fields.optional("rope_scaling") ?? fields.optional("rope_parameters")
    let rope = try value?.object("rope_parameters")
    model.ropeTheta = try positive("rope_theta", family.defaults.theta)
    // A family with one θ for some layers and another for others has them one level deeper.
    guard let value, let rope, rope.optional("full_attention") == nil, rope.optional("sliding_attention") == nil else {
      return try readRotatedShare(nil, &model)
    }
    try read(value, rope, &model)
  }

  /// Gemma's rotations: `rope_local_base_freq` for sliding layers, or one object for each type of layers.
  func readLayerRotations(_ model: inout ModelConfiguration) throws(DocumentError) {
    var local = try positive("rope_local_base_freq", 10_000)
    if let value = fields.optional("rope_parameters") {
      let types = try value.object("rope_parameters")
      if let full = types.optional("full_attention"), fields.optional("rope_scaling") == nil {
        try read(full, full.object("full_attention"), &model)
      }
      if let sliding = try types.optional("sliding_attention")?.object("sliding_attention") {
        if let theta = sliding.optional("rope_theta") { local = try Self.positive(theta, "rope_theta") }
        if let type = sliding.optional("rope_type"), try type.string("rope_type") != "default" {
          throw type.error("the rope_type of sliding layers must be 'default'")
        }
      }
    }
    model.slidingRopeTheta = local
  }

  private func read(_ value: Document, _ rope: Fields, _ model: inout ModelConfiguration) throws(DocumentError) {
    if let theta = rope.optional("rope_theta") { model.ropeTheta = try Self.positive(theta, "rope_theta") }
    try readRotatedShare(rope, &model)
    let type = rope.optional("rope_type") ?? rope.optional("type")
    var name = try type?.string("rope_type") ?? "default"
    // What Phi-3's first files called it.
    if family.rotatesPartOfHeads, name == "su" || name == "yarn" { name = "longrope" }
    if name != "yarn", name != "longrope", let factor = rope.optional("attention_factor"),
      try factor.number("attention_factor") != 1
    {
      throw factor.error("attention_factor must be 1")
    }
    let positions = family.defaults.originalPositions ?? model.maxPositions
    let scaling = RopeScalingReader(rope: rope, outer: fields, model: model, defaultPositions: positions)
    switch name {
    case "default": break
    case "linear": model.ropeScaling = .linear(factor: try scaling.required("factor"))
    case "dynamic": model.ropeScaling = .dynamic(factor: try scaling.required("factor"))
    case "llama3": model.ropeScaling = try scaling.llama3()
    case "yarn": model.ropeScaling = try scaling.yarn()
    case "longrope": model.ropeScaling = try scaling.longRope()
    default:
      throw (type ?? value).error(
        "rope_type '\(name)' is not supported; supported are: default, linear, dynamic, llama3, yarn, longrope")
    }
  }

  private func readRotatedShare(_ rope: Fields?, _ model: inout ModelConfiguration) throws(DocumentError) {
    let key = "partial_rotary_factor"
    guard let value = rope?.optional(key) ?? fields.optional(key) else { return }
    model.rotaryShare = try Self.positive(value, key)
    if model.rotaryShare > 1 || model.rotaryShare != 1 && !family.rotatesPartOfHeads {
      throw value.error("\(key) must be \(family.rotatesPartOfHeads ? "at most 1" : "1")")
    }
    if model.rotarySize < 2 || model.rotarySize % 2 != 0 {
      throw value.error("\(key) must rotate an even number of the \(model.headSize) columns of a head")
    }
  }
}

/// The numbers of a stretched rotation.
private struct RopeScalingReader {
  let rope: Fields
  let outer: Fields
  let model: ModelConfiguration
  let defaultPositions: Int

  func required(_ key: String) throws(DocumentError) -> Double {
    try ConfigurationReader.positive(rope.required(key), key)
  }

  private func optional(_ key: String) throws(DocumentError) -> Double? {
    guard let value = rope.optional(key) else { return nil }
    return try ConfigurationReader.positive(value, key)
  }

  /// Beside the rotation's numbers it goes before what stands among them.
  private func originalPositions() throws(DocumentError) -> Int {
    let key = "original_max_position_embeddings"
    guard let value = outer.optional(key) ?? rope.optional(key) else { return defaultPositions }
    let positions = try value.integer(key)
    guard positions > 1 else { throw value.error("\(key) must be above 1") }
    return positions
  }

  func llama3() throws(DocumentError) -> ModelConfiguration.RotaryScaling {
    let (low, high) = (try required("low_freq_factor"), try required("high_freq_factor"))
    guard low < high else {
      throw (try rope.required("high_freq_factor")).error("high_freq_factor must be above low_freq_factor")
    }
    return .llama3(
      factor: try required("factor"), lowFrequency: low, highFrequency: high,
      originalPositions: try originalPositions())
  }

  func yarn() throws(DocumentError) -> ModelConfiguration.RotaryScaling {
    let original = try originalPositions()
    let factor = try optional("factor") ?? Double(model.maxPositions) / Double(original)
    func length(_ weight: Double) -> Double { factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1 }
    var attention = length(1)
    if let own = try optional("mscale"), let all = try optional("mscale_all_dim") {
      attention = length(own) / length(all)
    }
    return .yarn(
      factor: factor, fast: try optional("beta_fast") ?? 32, slow: try optional("beta_slow") ?? 1,
      originalPositions: original, attentionFactor: try optional("attention_factor") ?? attention,
      truncates: try rope.optional("truncate")?.bool("truncate") ?? true)
  }

  func longRope() throws(DocumentError) -> ModelConfiguration.RotaryScaling {
    let original = try originalPositions()
    let factor = try optional("factor") ?? Double(model.maxPositions) / Double(original)
    let attention = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
    return .longRope(
      short: try factors("short_factor"), long: try factors("long_factor"), originalPositions: original,
      attentionFactor: try optional("attention_factor") ?? attention)
  }

  private func factors(_ key: String) throws(DocumentError) -> [Double] {
    let list = try rope.required(key)
    var factors: [Double] = []
    for value in try list.list(key) { factors.append(try ConfigurationReader.positive(value, key)) }
    guard factors.count == model.rotarySize / 2 else {
      throw list.error("\(key) must have \(model.rotarySize / 2) numbers, one for each pair that is rotated")
    }
    return factors
  }
}
