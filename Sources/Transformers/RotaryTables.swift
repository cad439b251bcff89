internal import Autodiff

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The cosines and sines of the rotary embeddings' angles, `[positions, size / 2]`.
///
/// Angle of the pair i at position p: p · θ^(−2i / size), in single precision as the models were trained: another rounding of
/// a frequency would turn distant tokens visibly further. Source: Su et al. 2021, equation 15; the stretched frequencies:
/// transformers `modeling_rope_utils.py`.
final class RotaryTables: @unchecked Sendable {
  /// How many numbers of a head are rotated.
  let size: Int
  private(set) var positions = 0
  private(set) var cosines: [Float] = []
  private(set) var sines: [Float] = []
  private let frequencies: [Double]
  /// What cosines and sines are multiplied by.
  private let length: Float

  init(_ model: ModelConfiguration, theta: Double, scaling: ModelConfiguration.RotaryScaling) {
    size = model.rotarySize
    let plain = (0..<size / 2).map { i in
      let exponent = Float(2 * i) / Float(model.rotarySize)
      return Double(1 / Float(pow(Double(Float(theta)), Double(exponent))))
    }
    let places = RotaryPlaces(theta: theta, size: size)
    frequencies = plain.enumerated().map { i, frequency in scaling.scaled(frequency, of: i, places) }
    length = Float(scaling.attentionFactor)
  }

  func reserve(positions wanted: Int) {
    guard wanted > positions else { return }
    for position in positions..<wanted {
      for frequency in frequencies {
        // The model's own code multiplies in single precision.
        let angle = Double(Float(position) * Float(frequency))
        cosines.append(Float(cos(angle)) * length)
        sines.append(Float(sin(angle)) * length)
      }
    }
    positions = wanted
  }
}

/// Which pair of numbers turns how often.
private struct RotaryPlaces {
  let theta: Double
  let size: Int

  /// The pair, as a fraction, that turns so many times within so many positions.
  func pair(turning turns: Double, within positions: Int) -> Double {
    Double(size) * Elementary.log(Double(positions) / (turns * 2 * Double.pi)) / (2 * Elementary.log(theta))
  }
}

extension ModelConfiguration.RotaryScaling {
  fileprivate var attentionFactor: Double {
    switch self {
    case .yarn(_, _, _, _, let factor, _), .longRope(_, _, _, let factor): factor
    case .none, .linear, .llama3, .dynamic: 1
    }
  }

  fileprivate func scaled(_ frequency: Double, of pair: Int, _ places: RotaryPlaces) -> Double {
    switch self {
    case .none, .dynamic: return frequency
    case .linear(let factor): return frequency / factor
    case .longRope(let short, _, _, _): return frequency / short[pair]
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < Double(original) / high { return frequency }
      if wavelength > Double(original) / low { return frequency / factor }
      let share = (Double(original) / wavelength - low) / (high - low)
      return (1 - share) * frequency / factor + share * frequency
    case .yarn(let factor, let fast, let slow, let original, _, let truncates):
      var (first, last) = (
        places.pair(turning: fast, within: original), places.pair(turning: slow, within: original)
      )
      if truncates { (first, last) = (first.rounded(.down), last.rounded(.up)) }
      (first, last) = (max(first, 0), min(last, Double(places.size - 1)))
      if first == last { last += 0.001 }
      let share = min(max((Double(pair) - first) / (last - first), 0), 1)
      return frequency / factor * share + frequency * (1 - share)
    }
  }
}
