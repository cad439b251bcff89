internal import Autodiff

extension Transformer {
  /// A new model with random weights.
  ///
  /// Matrices are normal with the standard deviation `initializerRange`, norms 1 (or 0 where they are added to 1) and
  /// biases 0, as in transformers. Each block has its own random stream.
  public convenience init(_ configuration: ModelConfiguration, seed: UInt64, workers: Workers = .all) {
    let layout = ParameterLayout(configuration)
    let parameters = Parameters(count: layout.count)
    for (number, block) in layout.blocks.enumerated() {
      let values = parameters[block.range]
      switch block.beginning {
      case .normal:
        var random = RandomStream(seed: seed, purpose: Self.initialization, UInt32(number))
        for i in values.indices { values[i] = Float(random.normal() * configuration.initializerRange) }
      case .ones: values.update(repeating: 1)
      case .zeros: break
      }
    }
    self.init(configuration, parameters: parameters, workers: workers)
  }

  private static let initialization: UInt32 = 20
}
