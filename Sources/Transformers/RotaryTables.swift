#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The cosines and sines of the rotary embeddings' angles, `[positions, headSize / 2]`.
///
/// Angle of the pair i at position p: p · θ^(−2i / headSize), in single precision as the models were trained: another rounding
/// of a frequency would turn distant tokens visibly further. Source: Su et al. 2021, equation 15; the stretched frequencies:
/// transformers `modeling_rope_utils.py`.
final class RotaryTables: @unchecked Sendable {
  private(set) var positions = 0
  private(set) var cosines: [Float] = []
  private(set) var sines: [Float] = []
  private let frequencies: [Double]

  init(_ model: ModelConfiguration) {
    frequencies = (0..<model.headSize / 2).map { i in
      let exponent = Float(2 * i) / Float(model.headSize)
      let frequency = 1 / Float(pow(Double(Float(model.ropeTheta)), Double(exponent)))
      return Self.scaled(Double(frequency), model.ropeScaling)
    }
  }

  func reserve(positions wanted: Int) {
    guard wanted > positions else { return }
    for position in positions..<wanted {
      for frequency in frequencies {
        // The model's own code multiplies in single precision.
        let angle = Double(Float(position) * Float(frequency))
        cosines.append(Float(cos(angle)))
        sines.append(Float(sin(angle)))
      }
    }
    positions = wanted
  }

  private static func scaled(_ frequency: Double, _ scaling: ModelConfiguration.RotaryScaling) -> Double {
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < Double(original) / high { return frequency }
      if wavelength > Double(original) / low { return frequency / factor }
      let share = (Double(original) / wavelength - low) / (high - low)
      return (1 - share) * frequency / factor + share * frequency
    }
  }
}
