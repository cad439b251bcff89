/// Low-rank adaptation: the weights stay as they are, and W x becomes W x + s · B (A x), of which only A and B are trained.
///
/// Source: Hu et al. 2021, LoRA, section 4.1; PEFT `LoraConfig`, whose names the comments have.
public struct LowRank: Equatable, Sendable {
  public var rank: Int  // r
  public var alpha: Double  // lora_alpha
  /// The probability with which an input of A is dropped while it is trained.
  public var dropout = 0.0  // lora_dropout
  /// The projections that have an adapter, by the last part of their names: `q_proj`.
  public var targets: [String]  // target_modules
  /// The folder of the weights that they were trained on; empty where nobody said.
  public var base = ""  // base_model_name_or_path

  /// Stands for all projections among the targets.
  public static let everywhere = "all-linear"

  public init(rank: Int, alpha: Double, targets: [String]) {
    (self.rank, self.alpha, self.targets) = (rank, alpha, targets)
  }

  /// The same with every target named; nil if one is not among the modules of a model.
  public func naming(_ modules: [String]) -> LowRank? {
    var result = self
    if targets == [Self.everywhere] { result.targets = modules }
    return result.targets.allSatisfy { modules.contains($0) } ? result : nil
  }

  /// s, by which what an adapter adds is multiplied.
  public var scale: Float { Float(alpha / Double(rank)) }
}

extension ModelConfiguration {
  /// How many numbers A and B of all adapters have; none for targets that the model does not have.
  public func adapterNumbers(_ shape: LowRank) -> Int {
    let layout = ParameterLayout(self)
    let targets = shape.targets == [LowRank.everywhere] ? adaptableModules : shape.targets
    return layout.blocks.filter { $0.shape.count > 1 && targets.contains($0.moduleName) }
      .reduce(0) { $0 + shape.rank * ($1.shape[0] + $1.shape[1]) }
  }

  /// The names of the projections that can have an adapter, in the order of a layer.
  public var adaptableModules: [String] {
    let layout = ParameterLayout(self)
    guard layerCount > 0 else { return [] }
    let range = layout.range(ofLayer: 0)
    return layout.blocks.filter { $0.shape.count > 1 && range.contains($0.offset) }.map { $0.moduleName }
  }
}

extension ParameterBlock {
  /// `q_proj` for `model.layers.0.self_attn.q_proj.weight`.
  var moduleName: String {
    let parts = name.split(separator: ".")
    return parts.count > 1 ? String(parts[parts.count - 2]) : name
  }

  /// The name without its last part.
  var path: String { name.split(separator: ".").dropLast().joined(separator: ".") }
}
