/// A training load on GPUs: which ways of dividing it fit into memory, and which of those is the fastest.
public struct GPUPlan: Sendable {
  public let load: TrainingLoad
  /// Every stage with every kind of recomputation.
  public let memories: [MemoryPlan]
  /// The plan that is explained: the fastest that fits with a tenth to spare, else the fastest that fits, else the smallest.
  public let memory: MemoryPlan
  public let step: StepPlan
  public var fit: Fit { fit(memory) }

  /// Whether a plan fits into a GPU's memory.
  public enum Fit: String, Sendable {
    case ok
    /// It needs the last tenth, which fragmentation and the framework often take.
    case tight
    case no
  }

  public func fit(_ memory: MemoryPlan) -> Fit {
    memory.peak > load.machine.memory ? .no : memory.peak > 0.9 * load.machine.memory ? .tight : .ok
  }

  /// - Parameters:
  ///   - load: What is trained, and on what.
  ///   - stage: The stage of ZeRO if it is given.
  ///   - recomputation: What is recomputed, if it is given.
  public init(_ load: TrainingLoad, stage: ZeroStage? = nil, recomputation: Recomputation? = nil) {
    self.load = load
    memories = ZeroStage.allCases.flatMap { stage in
      Recomputation.allCases.map { MemoryPlan(load, stage, $0) }
    }
    let candidates = memories.filter {
      (stage ?? $0.stage) == $0.stage && (recomputation ?? $0.recomputation) == $0.recomputation
    }
    func within(_ share: Double) -> [MemoryPlan] { candidates.filter { $0.peak <= share * load.machine.memory } }
    let fitting = within(0.9).isEmpty ? within(1) : within(0.9)
    // Between all traffic hidden and none of it. Of equals the first, which divides and computes least.
    func time(_ memory: MemoryPlan) -> Double {
      let step = StepPlan(load, memory.stage, memory.recomputation)
      return step.workTime + (step.exposed + step.trafficTime) / 2
    }
    let chosen =
      fitting.min { time($0) < time($1) } ?? candidates.min { $0.peak < $1.peak }
      ?? MemoryPlan(load, .weights, .everything)
    memory = chosen
    step = StepPlan(load, chosen.stage, chosen.recomputation)
  }

  /// Whether a GPU would hold a pass of the shortest sequence if dividing reduced all states to nothing.
  var holdsLayersAtWork: Bool {
    var load = load
    (load.gpus, load.batchSize, load.accumulation, load.maxLength, load.completionLength) = (1 << 14, 1, 1, 2, 1)
    return MemoryPlan(load, .weights, .everything).peak <= load.machine.memory
  }

  /// The fewest GPUs, a power of two, on which the load fits when divided as far as possible; nil if no number helps.
  var enoughGPUs: Int? {
    var load = load
    for doubling in 0...14 {
      load.gpus = 1 << doubling
      if load.gpus >= self.load.gpus, MemoryPlan(load, .weights, .everything).peak <= load.machine.memory {
        return load.gpus
      }
    }
    return nil
  }
}
