extension Transformer {
  /// The same model with all weights as 32-bit floats that can be trained, adapters added to them: W + s · B A.
  ///
  /// Log-probabilities agree with those of the model with adapters up to rounding. Source: PEFT `merge_and_unload`.
  public func merged() -> Transformer {
    guard isFrozen else { return copy() }
    let full = ParameterLayout(configuration)
    let merged = Parameters(count: full.count)
    for block in layout.blocks {
      guard let place = full.blocks.first(where: { $0.name == block.name }) else { continue }
      merged[place.range].baseAddress?.update(from: parameters.values + block.offset, count: block.count)
    }
    // A trained scalar head stands in the place of the base's own.
    let hasOwnHead = adapters?.head == nil || panels.head.offset == full.embedding
    let weights = panels.all.filter { hasOwnHead || $0.offset != panels.head.offset }
    workers.run(weights.count) { task, _ in weights[task].unpack(to: merged) }
    if let adapters {
      for (layer, groups) in zip(panels.layers, adapters.layers) {
        for (weight, group) in zip(layer.all, groups) { group?.add(adapters, to: merged, weight) }
      }
      if let head = adapters.head {
        (merged.values + full.head).update(from: adapters.parameters.values + head.offset, count: head.inputs)
      }
    }
    let model = Transformer(configuration, parameters: merged, workers: workers)
    model.checkpointsActivations = checkpointsActivations
    return model
  }
}

extension WeightPanels.Weight {
  fileprivate func unpack(to parameters: Parameters) {
    for row in 0..<outputs { matrix.takeRow(row, to: parameters.values + offset + row * inputs) }
  }
}

extension AdapterGroup {
  fileprivate func add(_ adapters: Adapters, to merged: Parameters, _ weight: WeightPanels.Weight) {
    let (numbers, rank, scale) = (adapters.parameters.values, adapters.shape.rank, adapters.shape.scale)
    for (number, part) in parts.enumerated() {
      let down = numbers + self.down.offset + number * rank * weight.inputs
      for output in 0..<part.up.outputs {
        let up = numbers + part.up.offset + output * rank
        let row = merged.values + weight.offset + (part.firstOutput + output) * weight.inputs
        for i in 0..<weight.inputs {
          var sum: Float = 0
          for r in 0..<rank { sum += up[r] * down[r * weight.inputs + i] }
          row[i] += scale * sum
        }
      }
    }
  }
}
