internal import CKernels

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
      let products = zip(panels.layers, adapters.layers).flatMap { Array(zip($0.all, $1)) }
      workers.run(products.count) { task, _ in products[task].1?.add(adapters, to: merged, products[task].0) }
      if let head = adapters.head {
        (merged.values + full.head).update(from: adapters.parameters.values + head.offset, count: head.inputs)
      }
    }
    return Transformer(configuration, parameters: merged, workers: workers)
  }
}

extension Transformer {
  /// The weights on which adapters stand, without these; the same model where it has none.
  public func unadapted() -> Transformer { adapters == nil ? self : adapted(nil) }
}

extension WeightPanels.Weight {
  fileprivate func unpack(to parameters: Parameters) {
    for row in 0..<outputs { matrix.takeRow(row, to: parameters.values + offset + row * inputs) }
  }
}

extension AdapterGroup {
  /// W += (s · B) A, for each of the group's projections.
  fileprivate func add(_ adapters: Adapters, to merged: Parameters, _ weight: WeightPanels.Weight) {
    let (rank, inputs, first) = (adapters.shape.rank, weight.inputs, downs[0].weight.offset)
    // In 32 bits whatever products are computed in: these are weights.
    let down = Panels(rows: rank, columns: inputs, rounds: false)
    for (number, part) in parts.enumerated() {
      let scaled = Parameters(count: part.up.outputs * rank)
      scaled.values.update(from: adapters.parameters.values + part.up.offset, count: scaled.count)
      kernels.scale_rows(1, scaled.count, adapters.shape.scale, scaled.values, 0)
      down.pack(rank, of: adapters.parameters.values + first + number * rank * inputs, stride: inputs, at: 0)
      let rows = merged.values + weight.offset + part.firstOutput * inputs
      var factor = down.packed
      kernels.multiply(part.up.outputs, inputs, rank, scaled.values, rank, &factor, rows, inputs, rows, inputs)
    }
  }
}
