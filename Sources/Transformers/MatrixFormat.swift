internal import CKernels

/// How the numbers of a packed matrix are kept.
enum MatrixFormat {
  case floats
  /// Pairs of bfloat16.
  case pairs
  /// Whole numbers up to 127, with a scale for each output and 256 inputs.
  case bytes

  var code: Int32 {
    switch self {
    case .floats: Int32(GRADUS_FLOATS)
    case .pairs: Int32(GRADUS_PAIRS)
    case .bytes: Int32(GRADUS_BYTES)
    }
  }

  /// How many rows a panel has for so many inputs.
  func capacity(_ inputs: Int) -> Int { self == .pairs ? inputs + inputs % 2 : inputs }

  /// The bytes of a panel with so many inputs; `bytes_of_panel` of the kernels.
  func panelBytes(_ inputs: Int) -> Int {
    let numbers = GRADUS_PANEL * capacity(inputs)
    switch self {
    case .floats: return 4 * numbers
    case .pairs: return 2 * numbers
    case .bytes: return numbers + (inputs + GRADUS_BLOCK - 1) / GRADUS_BLOCK * 4 * GRADUS_PANEL
    }
  }
}
