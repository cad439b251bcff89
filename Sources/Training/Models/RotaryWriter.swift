import Documents
import Transformers

extension ModelConfiguration {
  /// Rotary embeddings, as transformers 5 reads them, and before it as version 4 does.
  func writeRotation(_ json: inout JSONWriter) {
    json.key("rope_theta")
    json.number(ropeTheta)
    if ropeScaling != .none {
      json.key("rope_scaling")
      writeScaling(ropeScaling, ropeTheta, &json)
    }
    json.key("rope_parameters")
    guard let slidingRopeTheta else { return writeScaling(ropeScaling, ropeTheta, &json) }
    json.beginObject()
    json.key("full_attention")
    writeScaling(ropeScaling, ropeTheta, &json)
    json.key("sliding_attention")
    writeScaling(.none, slidingRopeTheta, &json)
    json.endObject()
  }

  private func writeScaling(_ scaling: RotaryScaling, _ theta: Double, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("rope_type", scaling.typeName)
    if let positions = scaling.originalPositions { json.member("original_max_position_embeddings", positions) }
    var numbers = [("rope_theta", theta)]
    switch scaling {
    case .none: break
    case .linear(let factor), .dynamic(let factor): numbers += [("factor", factor)]
    case .llama3(let factor, let low, let high, _):
      numbers += [("factor", factor), ("low_freq_factor", low), ("high_freq_factor", high)]
    case .yarn(let factor, let fast, let slow, _, let attention, let truncates):
      numbers += [("factor", factor), ("beta_fast", fast), ("beta_slow", slow), ("attention_factor", attention)]
      if !truncates { json.member("truncate", false) }
    case .longRope(let short, let long, _, let attention):
      numbers += [("attention_factor", attention)]
      for (key, factors) in [("short_factor", short), ("long_factor", long)] {
        json.key(key)
        json.numbers(factors)
      }
    }
    if rotaryShare != 1 { numbers += [("partial_rotary_factor", rotaryShare)] }
    for (key, value) in numbers {
      json.key(key)
      json.number(value)
    }
    json.endObject()
  }
}

extension ModelConfiguration.RotaryScaling {
  fileprivate var typeName: String {
    switch self {
    case .none: "default"
    case .linear: "linear"
    case .dynamic: "dynamic"
    case .llama3: "llama3"
    case .yarn: "yarn"
    case .longRope: "longrope"
    }
  }

  fileprivate var originalPositions: Int? {
    switch self {
    case .none, .linear, .dynamic: nil
    case .llama3(_, _, _, let positions), .yarn(_, _, _, let positions, _, _), .longRope(_, _, let positions, _):
      positions
    }
  }
}
