import Transformers

/// The time of an optimizer step: arithmetic, traffic, and how much of the traffic overlaps with the arithmetic.
public struct StepPlan: Sendable {
  /// Seconds of work, one after the other.
  public let work: [PlanLine]
  /// Bytes that each GPU sends, and receives.
  public let traffic: [PlanLine]
  /// Seconds of traffic.
  public let trafficTime: Double
  /// Seconds of traffic that overlap with no work, in the best case.
  public let exposed: Double

  public var workTime: Double { work.reduce(0) { $0 + $1.amount } }
  public var bytes: Double { traffic.reduce(0) { $0 + $1.amount } }
  /// The share of a step in which a GPU computes: if all traffic that may overlap does, and if none does.
  public var efficiency: (best: Double, worst: Double) {
    (workTime / (workTime + exposed), workTime / (workTime + trafficTime))
  }

  public init(_ load: TrainingLoad, _ stage: ZeroStage, _ recomputation: Recomputation) {
    let learning = Self.learning(load, recomputation)
    work = Self.generating(load) + Self.scoring(load) + learning
    let flows = load.gpus > 1 ? Self.flows(load, stage) : []
    traffic = flows.map(\.line)
    trafficTime = traffic.reduce(0) { $0 + $1.amount } / load.machine.bandwidth
    let learningTime = learning.reduce(0) { $0 + $1.amount }
    exposed = Self.exposed(flows, learningTime, load)
  }

  // MARK: - Work

  /// Kaplan et al. 2020, Scaling Laws, table 1: 2 P operations per token forward, twice as many backward; Chowdhery et
  /// al. 2022, PaLM, appendix B, for attention: 12 L h s in all.
  private static func learning(_ load: TrainingLoad, _ recomputation: Recomputation) -> [PlanLine] {
    let model = load.model
    let tokens = load.tokensPerStep * load.trained
    let square = model.layers * model.hidden * Double(load.maxLength)
    let speed = load.machine.flops * load.machine.utilisation
    let models = load.trained > 1 ? "2 models × " : ""
    let operations = 2 * load.learningPasses
    var lines = [
      PlanLine(
        "forward, backward", (operations * model.parameters + 12 * square) * tokens / speed,
        "\(models)(\(operations.wholeText) P + 12 L h s) × tokens / speed")
    ]
    switch recomputation {
    case .nothing: break
    case .attention:
      lines.append(PlanLine("attention again", 4 * square * tokens / speed, "\(models)4 L h s × tokens / speed"))
    case .everything:
      lines.append(
        PlanLine(
          "forward again", (2 * model.parameters + 4 * square) * tokens / speed,
          "\(models)(2 P + 4 L h s) × tokens / speed"))
    }
    return lines
  }

  /// Forward passes without a gradient: of frozen models, and in PPO of the policy and critic that sampled.
  private static func scoring(_ load: TrainingLoad) -> [PlanLine] {
    let passes = load.frozen + load.askedBefore
    guard passes > 0 else { return [] }
    let model = load.model
    let square = model.layers * model.hidden * Double(load.maxLength)
    let speed = load.machine.flops * load.machine.utilisation
    return [
      PlanLine(
        "scoring", passes * (2 * model.parameters + 4 * square) * load.tokensPerStep / speed,
        "\(passes.wholeText) × (2 P + 4 L h s) × tokens / speed")
    ]
  }

  /// Each token reads all weights, and the keys and values so far; or computes for longer than it reads.
  private static func generating(_ load: TrainingLoad) -> [PlanLine] {
    guard load.generates else { return [] }
    let (model, machine) = (load.model, load.machine)
    let sequences = Double(load.accumulation * load.batchSize)
    let factor = load.accumulation > 1 ? "A b" : "b"
    let length = Double(load.completionLength)
    let prompt = Double(load.maxLength - load.completionLength)
    let speed = machine.flops * machine.utilisation
    let cached = load.precision.weight * model.cachedNumbersPerToken * sequences * (prompt + length / 2)
    let reading = length * (load.precision.weight * model.parameters + cached) / machine.memoryBandwidth
    let computing = 2 * model.parameters * sequences * length / speed
    return [
      PlanLine("reading prompts", 2 * model.parameters * sequences * prompt / speed, "2 P × \(factor) (s − c) / speed"),
      reading >= computing
        ? PlanLine("generating", reading, "c × (weights + mean cache) / memory bandwidth")
        : PlanLine("generating", computing, "2 P × \(factor) c / speed"),
    ]
  }

  // MARK: - Traffic

  /// Bytes to be sent, and the share of the learning that they may overlap with.
  private struct Flow {
    let line: PlanLine
    let window: Double
  }

  /// A ring moves (N − 1)/N of an array per GPU to sum it in parts, and as much to tell all of them the parts; Rajbhandari
  /// et al. 2020, section 7: stages 1 and 2 move as much as plain data parallelism, stage 3 half as much again.
  private static func flows(_ load: TrainingLoad, _ stage: ZeroStage) -> [Flow] {
    let precision = load.lowRank == nil ? load.precision.weight : 4
    let ring = Double(load.gpus - 1) / Double(load.gpus)
    let passes = Double(load.accumulation)
    let array = ring * precision * load.trained * load.trainedNumbers
    let bytes = "\(precision.wholeText) × \(load.trainedText)"
    let times = load.accumulation > 1 ? "A × " : ""
    let backward = 2.0 / 3
    func flow(_ name: String, _ amount: Double, _ formula: String, window: Double) -> Flow {
      Flow(line: PlanLine(name, amount, formula), window: window)
    }
    switch stage {
    case .none:
      // Only the last backward pass of a step has sums that can be sent.
      return [flow("gradients", 2 * array, "2 (N − 1)/N × \(bytes)", window: backward / passes)]
    case .optimizer:
      return [
        flow("gradients", array, "(N − 1)/N × \(bytes)", window: backward / passes),
        flow("new weights", array, "(N − 1)/N × \(bytes)", window: 0),
      ]
    case .gradients:
      return [
        flow("gradients", passes * array, "\(times)(N − 1)/N × \(bytes)", window: backward),
        flow("new weights", array, "(N − 1)/N × \(bytes)", window: 0),
      ]
    case .weights:
      let width = load.precision.weight
      var flows = [
        flow(
          "weights, forward and back", 2 * passes * ring * width * load.trained * load.model.parameters,
          "2 × \(times)(N − 1)/N × \(width.wholeText) × \(load.trained > 1 ? "2 P" : "P")", window: 1),
        flow("gradients", passes * array, "\(times)(N − 1)/N × \(bytes)", window: backward),
      ]
      if load.frozen > 0 {
        flows.append(
          flow(
            "frozen weights", passes * ring * width * load.frozen * load.model.parameters,
            "\(times)(N − 1)/N × \(width.wholeText) × \(load.frozen > 1 ? "2 P" : "P")", window: 0))
      }
      if load.generates {
        flows.append(
          flow(
            "weights, to generate", ring * width * load.model.parameters, "(N − 1)/N × \(width.wholeText) × P",
            window: 0))
      }
      return flows
    }
  }

  /// Flows that may overlap share the longest window; the others stand alone.
  private static func exposed(_ flows: [Flow], _ learning: Double, _ load: TrainingLoad) -> Double {
    func time(_ flows: [Flow]) -> Double { flows.reduce(0) { $0 + $1.line.amount } / load.machine.bandwidth }
    let hiding = flows.filter { $0.window > 0 }
    let window = (hiding.map(\.window).max() ?? 0) * learning
    return time(flows.filter { $0.window == 0 }) + max(0, time(hiding) - window)
  }
}
