import Transformers

/// The memory of this program's own trainers: what is there all the time, and what each phase of a step adds.
public struct RankMemory: Sendable {
  public let kept: [PlanLine]
  /// What is added while a rank learns, while it generates, and while it asks a frozen model that is read anew each time;
  /// only the phases that the trainer has.
  public let phases: [Phase]

  public struct Phase: Sendable {
    /// As in “while it generates”.
    public let name: String
    /// Its name in JSON.
    let key: String
    public let lines: [PlanLine]
  }

  /// The most that is needed at any time, in bytes.
  public var peak: Double { sum(kept) + (phases.map { sum($0.lines) }.max() ?? 0) }

  private func sum(_ lines: [PlanLine]) -> Double { lines.reduce(0) { $0 + $1.amount } }

  /// - Parameter load: What is trained; its batch is a rank's share.
  init(_ load: TrainingLoad, workers: Int) {
    kept = Self.trained(load) + Self.frozen(load)
    let phases = [
      Phase(name: "learns", key: "training", lines: Self.learning(load, workers)),
      Phase(name: "generates", key: "generating", lines: Self.generating(load)),
      Phase(name: "asks a frozen model", key: "asking", lines: Self.asking(load)),
    ]
    self.phases = phases.filter { !$0.lines.isEmpty }
  }

  /// Whether layers are computed again in the backward pass, as is standard where a model was trained before.
  static func isCheckpointed(_ load: TrainingLoad) -> Bool {
    load.model.parameters >= Double(RunConfiguration.fewestPretrainedParameters)
  }

  private static func trained(_ load: TrainingLoad) -> [PlanLine] {
    let (numbers, text) = (load.trained * load.trainedNumbers, load.trainedText)
    var lines = [
      PlanLine(load.lowRank == nil ? "weights" : "adapters", 4 * numbers, "4 × \(text)"),
      PlanLine("Adam", 8 * numbers, "8 × \(text): m and v"),
    ]
    if load.lowRank == nil, load.model.shape.isPackedTwice {
      lines.append(
        PlanLine(
          "packed weights", 8 * load.trained * Double(load.model.shape.matrixNumbers),
          "4 × numbers of the matrices, for forward and for back"))
    }
    return lines
  }

  /// Frozen models that stay: all of a small run, and with adapters the base, which is its own reference.
  private static func frozen(_ load: TrainingLoad) -> [PlanLine] {
    let isAdapted = load.lowRank != nil
    let models = [
      isAdapted, !isAdapted && load.hasReference && !isReread(load), load.trainer.takesRewardModel && !isReread(load),
      load.trainer.takesTeacher,
    ].reduce(0.0) { $0 + ($1 ? 1 : 0) }
    return models == 0 ? [] : [frozen(load, models, models > 1 ? "frozen models" : "frozen weights")]
  }

  /// A large model's is read again each time that it is asked.
  private static func asking(_ load: TrainingLoad) -> [PlanLine] {
    let asks = load.hasReference || load.trainer.takesRewardModel
    return asks && isReread(load) ? [frozen(load, 1, "frozen weights")] : []
  }

  private static func isReread(_ load: TrainingLoad) -> Bool { load.lowRank == nil && !load.model.shape.isPackedTwice }

  private static func frozen(_ load: TrainingLoad, _ models: Double, _ name: String) -> PlanLine {
    let isHalf = load.model.shape.numberType == .bfloat16
    let count = models > 1 ? "\(models.wholeText) P" : "P"
    return PlanLine(
      name, (isHalf ? 2 : 4) * models * load.model.parameters,
      isHalf ? "2 × \(count): bfloat16, as the file" : "4 × \(count); half in a file of bfloat16")
  }

  private static func learning(_ load: TrainingLoad, _ workers: Int) -> [PlanLine] {
    let (shape, tokens, trained) = (load.model.shape, load.distinctTokens, load.trained)
    let isCheckpointed = isCheckpointed(load)
    let activations = shape.activationNumbersPerToken(isCheckpointed: isCheckpointed)
    let models = trained > 1 ? "2 × " : ""
    var lines = [
      PlanLine("gradient", 4 * trained * load.trainedNumbers, "4 × \(load.trainedText)"),
      PlanLine(
        "activations", 4 * trained * tokens * Double(activations),
        "4 × \(models)\(activations) × tokens" + (isCheckpointed ? ": a layer at a time, and its input" : "")),
      PlanLine(
        "backward pass", 4 * trained * tokens * Double(shape.gradientNumbersPerToken),
        "4 × \(models)\(shape.gradientNumbersPerToken) × tokens: a layer at a time"),
    ]
    if shape.head == .language, !load.trainer.scores {
      let rows = load.sequences * Double(load.generates ? load.completionLength : load.maxLength)
      lines.append(
        PlanLine(
          "logits", 4 * Double(shape.logitNumbers(rows: Int(min(rows, 1e9)), workers: workers)),
          "4 V × rows at a time, fewer if V is large"))
    }
    return lines
  }

  private static func generating(_ load: TrainingLoad) -> [PlanLine] {
    guard load.generates else { return [] }
    let model = load.model
    var lines: [PlanLine] = []
    if isReread(load) {
      lines.append(PlanLine("packed weights", 4 * Double(model.shape.matrixNumbers), "4 × numbers of the matrices"))
    }
    lines.append(
      PlanLine(
        "key-value cache", 4 * model.cachedNumbersPerToken * load.tokens,
        "4 × 2 L × \(model.shape.keySize) × responses × s: keys and values of \(model.shape.keySize) columns"))
    return lines
  }
}
