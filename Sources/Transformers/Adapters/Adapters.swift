import Autodiff

/// The four products of a layer; those that are one product share their input.
enum Projection: Int, CaseIterable { case qkv, output, gateUp, down }

/// The adapters of projections that share their input: y += s · (x Aᵀ) Bᵀ.
struct AdapterGroup: Sendable {
  struct Part: Sendable {
    /// B: [outputs, rank].
    let up: WeightPanels.Weight
    /// Where its outputs begin among those of the product.
    let firstOutput: Int
  }

  struct Down {
    /// A of all parts, one below the other, [parts · rank, inputs]; or of one part, where dropout gives each its own input.
    let weight: WeightPanels.Weight
    /// Where its outputs begin among the inner products.
    let firstColumn: Int
  }

  let downs: [Down]
  let parts: [Part]
  /// How many inner products a row has.
  var width: Int { downs.reduce(0) { $0 + $1.weight.outputs } }
}

/// What is trained of a model whose weights are frozen: adapters, and a scalar head where it has one.
final class Adapters: @unchecked Sendable {
  let shape: LowRank
  let layout: ParameterLayout
  let parameters: Parameters
  /// For each layer, the adapters of its products; nil where none of a product's projections has one.
  let layers: [[AdapterGroup?]]
  /// The scalar head, which is trained as a whole.
  let head: WeightPanels.Weight?
  private var isFresh = false
  /// What dropout depends on: the run's seed, the optimizer steps taken and the passes since then.
  var dropoutSeed: UInt64 = 0
  private var (step, passes) = (0, 0)

  /// - Parameters:
  ///   - parameters: Numbers in the order of the layout; nil for new adapters, which change nothing yet.
  init(_ shape: LowRank, of model: ModelConfiguration, parameters: Parameters? = nil, seed: UInt64 = 0) {
    self.shape = shape
    let full = ParameterLayout(model)
    let panels = WeightPanels(model, full)
    let plans = panels.layers.map { layer in layer.all.map { PlannedGroup($0, full, shape) } }
    let score = model.head == .scalar ? (name: "\(model.names.scalarHead).weight", shape: [1, model.hiddenSize]) : nil
    layout = ParameterLayout(adapters: plans.map { $0.flatMap { $0.blocks } }, head: score)
    var offset = 0
    layers = plans.map { $0.map { $0.group(at: &offset, rounds: model.roundsFactors) } }
    head =
      score == nil
      ? nil
      : WeightPanels.Weight(
        offset: offset, matrix: PackedMatrix(outputs: 1, inputs: model.hiddenSize, rounds: model.roundsFactors))
    self.parameters = parameters ?? Parameters(count: layout.count)
    precondition(self.parameters.count == layout.count)
    if parameters == nil { initialize(model, seed) }
  }

  /// A is drawn uniformly up to 1 / √inputs, and B is 0, as in PEFT; a scalar head as in a new model.
  private func initialize(_ model: ModelConfiguration, _ seed: UInt64) {
    for (number, block) in layout.blocks.enumerated() where !block.name.hasSuffix(PlannedGroup.up) {
      var random = RandomStream(seed: seed, purpose: Self.initialization, UInt32(number))
      let values = parameters[block.range]
      if block.name.hasSuffix(PlannedGroup.down) {
        let bound = 1 / Double(block.shape[1]).squareRoot()
        for i in values.indices { values[i] = Float((2 * random.uniform() - 1) * bound) }
      } else {
        for i in values.indices { values[i] = Float(random.normal() * model.initializerRange) }
      }
    }
  }

  private static let initialization: UInt32 = 21

  func changed() { isFresh = false }

  func begin(step: Int) { (self.step, passes) = (step, 0) }

  /// The next pass's, if there is any.
  func nextDropout() -> Dropout? {
    guard shape.dropout > 0 else { return nil }
    defer { passes += 1 }
    return Dropout(shape.dropout, seed: dropoutSeed, step: step, pass: passes)
  }

  func prepare() {
    guard !isFresh else { return }
    let groups = layers.flatMap { $0.compactMap { $0 } }
    for weight in groups.flatMap({ $0.downs.map { $0.weight } + $0.parts.map { $0.up } }) + [head].compactMap({ $0 }) {
      weight.matrix.pack(weight.outputs, of: parameters.values + weight.offset)
    }
    isFresh = true
  }

  /// The most columns that the inner products of a group have.
  var width: Int { layers.flatMap { $0 }.map { $0?.width ?? 0 }.max() ?? 0 }
}

/// The adapters of a product before they have a place among the parameters.
private struct PlannedGroup {
  static let (down, up) = ("lora_A.weight", "lora_B.weight")

  private let rank, inputs: Int
  private let sharesInput: Bool
  private let parts: [(path: String, outputs: Int, firstOutput: Int)]

  init(_ weight: WeightPanels.Weight, _ full: ParameterLayout, _ shape: LowRank) {
    (rank, inputs, sharesInput) = (shape.rank, weight.inputs, shape.dropout == 0)
    parts = full.blocks.filter { weight.range.contains($0.offset) && shape.targets.contains($0.moduleName) }.map {
      ($0.path, $0.shape[0], ($0.offset - weight.offset) / weight.inputs)
    }
  }

  /// A of all parts first: they are one matrix.
  var blocks: [(name: String, shape: [Int])] {
    parts.map { ("\($0.path).\(Self.down)", [rank, inputs]) }
      + parts.map { ("\($0.path).\(Self.up)", [$0.outputs, rank]) }
  }

  func group(at offset: inout Int, rounds: Bool) -> AdapterGroup? {
    guard !parts.isEmpty else { return nil }
    func next(_ outputs: Int, _ inputs: Int) -> WeightPanels.Weight {
      let weight = WeightPanels.Weight(
        offset: offset, matrix: PackedMatrix(outputs: outputs, inputs: inputs, rounds: rounds))
      offset += outputs * inputs
      return weight
    }
    let count = sharesInput ? 1 : parts.count
    let downs = (0..<count).map { number in
      let weight = next(parts.count / count * rank, inputs)
      return AdapterGroup.Down(weight: weight, firstColumn: number * weight.outputs)
    }
    return AdapterGroup(
      downs: downs, parts: parts.map { AdapterGroup.Part(up: next($0.outputs, rank), firstOutput: $0.firstOutput) })
  }
}
