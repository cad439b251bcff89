internal import CKernels

/// The weight matrices of a model, packed for products, and packed again after the weights change.
///
/// A weight W[out, in] is needed in two ways: y = x Wᵀ forward and dx = dy W backward.
final class WeightPanels: @unchecked Sendable {
  struct Weight: Sendable {
    let offset, outputs, inputs: Int
    let forward: Panels
    let backward: Panels
  }

  struct Layer: Sendable { let qkv, output, gateUp, down: Weight }

  let layers: [Layer]
  let head: Weight
  private var isForwardFresh = false
  private var isBackwardFresh = false

  init(_ model: ModelConfiguration, _ layout: ParameterLayout) {
    func weight(_ offset: Int, _ outputs: Int, _ inputs: Int) -> Weight {
      Weight(
        offset: offset, outputs: outputs, inputs: inputs, forward: Panels(rows: 0, columns: outputs),
        backward: Panels(rows: 0, columns: inputs))
    }
    layers = layout.layers.map { layer in
      Layer(
        qkv: weight(layer.qkv, model.querySize + 2 * model.keySize, model.hiddenSize),
        output: weight(layer.output, model.hiddenSize, model.querySize),
        gateUp: weight(layer.gateUp, model.expandedSize, model.hiddenSize),
        down: weight(layer.down, model.hiddenSize, model.intermediateSize))
    }
    head = weight(layout.head, model.outputSize, model.hiddenSize)
  }

  func weightsChanged() {
    isForwardFresh = false
    isBackwardFresh = false
  }

  private var all: [Weight] { layers.flatMap { [$0.qkv, $0.output, $0.gateUp, $0.down] } + [head] }

  func prepareForward(_ parameters: Parameters, _ workers: Workers) {
    guard !isForwardFresh else { return }
    let all = all
    workers.run(all.count) { task, _ in
      let weight = all[task]
      weight.forward.reserve(rows: weight.inputs)
      kernels.pack_columns(
        weight.inputs, weight.outputs, parameters.values + weight.offset, weight.inputs, weight.forward.start,
        weight.inputs)
    }
    isForwardFresh = true
  }

  func prepareBackward(_ parameters: Parameters, _ workers: Workers) {
    guard !isBackwardFresh else { return }
    let all = all
    workers.run(all.count) { task, _ in
      let weight = all[task]
      weight.backward.reserve(rows: weight.outputs)
      weight.backward.pack(weight.outputs, of: parameters.values + weight.offset, stride: weight.inputs, at: 0)
    }
    isBackwardFresh = true
  }
}

extension WeightPanels.Weight {
  /// `c = initial + a Wᵀ`, rows of `a` having `inputs` numbers.
  func apply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ lda: Int, initial: UnsafePointer<Float>?, _ ldinitial: Int,
    to c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    kernels.multiply(rows, outputs, inputs, a, lda, forward.start, forward.capacity, initial, ldinitial, c, ldc)
  }

  /// `dx = dy W`.
  func applyBackward(
    _ rows: Int, _ dy: UnsafePointer<Float>, _ lddy: Int, to dx: UnsafeMutablePointer<Float>, _ lddx: Int
  ) {
    kernels.multiply(rows, inputs, outputs, dy, lddy, backward.start, backward.capacity, nil, 0, dx, lddx)
  }
}
