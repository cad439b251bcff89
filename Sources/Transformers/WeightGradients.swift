internal import CKernels

/// The gradient of one weight, dW[outputs, inputs] += dyᵀ x, summed over this rank's rows.
struct WeightProduct: Sendable {
  let gradient: Matrix
  let input: Panels
  let offset, outputs, inputs, rows: Int
  /// The column of `gradient` with which dy begins.
  var firstColumn = 0
  /// Where the bias's gradient goes, which is the sum of the rows of dy; −1 for no bias.
  var biasOffset = -1

  // Eight tiles of twelve rows: enough work for a thread to be worth waking, small enough to share evenly.
  private static let outputsPerTask = 96

  private var taskCount: Int { (outputs + Self.outputsPerTask - 1) / Self.outputsPerTask }

  private func run(task: Int, into gradients: Parameters) {
    let first = task * Self.outputsPerTask
    let count = min(Self.outputsPerTask, outputs - first)
    var factor = input.packed
    kernels.multiply_transposed(
      count, inputs, rows, gradient.start + firstColumn + first, gradient.stride, &factor,
      gradients.values + offset + first * inputs, inputs)
    guard biasOffset >= 0 else { return }
    kernels.add_rows(
      rows, count, gradient.start + first, gradient.stride, gradients.values + biasOffset + first)
  }

  /// Sums the gradients of some weights.
  static func run(_ products: [WeightProduct], _ workers: Workers, into gradients: Parameters) {
    for product in products { product.input.end(at: product.rows) }
    let tasks = products.flatMap { product in (0..<product.taskCount).map { (product, $0) } }
    workers.run(tasks.count) { task, _ in tasks[task].0.run(task: tasks[task].1, into: gradients) }
  }
}

extension ForwardPass {
  func sumWeightGradients(of number: Int, _ memory: GradientMemory, _ gradient: Parameters) {
    let products = model.isFrozen ? adapterProducts(of: number, memory) : products(of: number, memory)
    WeightProduct.run(products, model.workers, into: gradient)
    if !model.isFrozen { sumVectorGradients(of: number, memory, gradient) }
  }

  private func products(of number: Int, _ memory: GradientMemory) -> [WeightProduct] {
    let (place, weights) = (model.layout.layers[number], model.panels.layers[number])
    func product(_ weight: WeightPanels.Weight, _ projection: Projection, bias: Int) -> WeightProduct {
      let (input, gradient) = memory.factors(of: projection)
      return WeightProduct(
        gradient: gradient, input: input, offset: weight.offset, outputs: weight.outputs, inputs: weight.inputs,
        rows: own.count, biasOffset: bias)
    }
    return [
      product(weights.down, .down, bias: place.downBias), product(weights.gateUp, .gateUp, bias: place.gateUpBias),
      product(weights.output, .output, bias: place.outputBias), product(weights.qkv, .qkv, bias: place.qkvBias),
    ]
  }

  private func sumVectorGradients(of number: Int, _ memory: GradientMemory, _ gradient: Parameters) {
    let place = model.layout.layers[number]
    let norms = [
      (memory.mlpNorm, place.mlpNorm), (memory.middleNorm, place.middleNorm),
      (memory.attentionNorm, place.attentionNorm), (memory.inputNorm, place.inputNorm),
    ]
    for (partials, offset) in norms where offset >= 0 { addPartials(partials, to: gradient.values + offset) }
    guard model.configuration.queryKeyNorm != .none else { return }
    let (sizes, partials) = (model.configuration.queryKeyNorms, memory.headNorms)
    kernels.add_rows(
      own.packs.count, sizes.querySize, partials.start, partials.stride, gradient.values + place.queryNorm)
    kernels.add_rows(
      own.packs.count, sizes.keySize, partials.start + sizes.querySize, partials.stride,
      gradient.values + place.keyNorm)
  }
}
