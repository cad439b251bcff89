import Documents
import Transformers

extension GPUPlan {
  /// The plan for a terminal of 80 columns.
  public var text: String {
    [heading, table, verdict, memoryText, stepText, PlanText.wrapped(Self.leftOut)].joined(separator: "\n")
  }

  private var heading: String {
    let number = "\(load.gpus) GPU\(load.gpus == 1 ? "" : "s")"
    let kind = load.precision == .bf16 ? "bf16, Adam in fp32" : "fp32"
    var lines = [
      "\(load.trainer.name): P = \(PlanText.count(load.model.parameters)) parameters on N = \(number) of "
        + "\(PlanText.giga(load.machine.memory)) GB, \(kind)",
      load.model.shapeText,
    ]
    if load.lowRank != nil { lines.append(load.adapterText) }
    let sequences = PlanText.counted(load.sequences, "sequence")
    lines.append(
      "b = \(sequences)\(load.trainer.learnsPairs ? " (two for each pair)" : "") of s = \(load.maxLength) tokens a GPU and pass"
        + (load.generates ? ", c = \(load.completionLength) of them generated" : "")
        + (load.accumulation > 1 ? "; A = \(load.accumulation) passes a step" : ""))
    return lines.map(PlanText.wrapped).joined()
  }

  /// The memory that each way of dividing needs.
  private var table: String {
    var text = "GB per GPU, by what is computed again in the backward pass\n"
    let titles = Recomputation.allCases.map { NumberText.alignedRight($0.rawValue, to: 12) + "   " }
    text += String(repeating: " ", count: 16) + titles.joined().trimmingEnd + "\n"
    for stage in ZeroStage.allCases {
      let cells = memories.filter { $0.stage == stage }.map { memory in
        NumberText.alignedRight(PlanText.giga(memory.peak), to: 9) + " "
          + NumberText.alignedLeft(fit(memory).rawValue, to: 5)
      }
      let row = NumberText.alignedLeft("  \(stage.name)", to: 16) + cells.joined()
      text += row.trimmingEnd + "\n"
    }
    return text
  }

  private var verdict: String {
    let (limit, need) = (PlanText.giga(load.machine.memory), PlanText.giga(memory.peak))
    let what = "\(memory.stage.name), \(memory.recomputation.rawValue) computed again"
    guard fit == .no else {
      let plain = MemoryPlan(load, .none, memory.recomputation)
      let reason =
        memory.stage == .none || fit(plain) != .no
        ? "" : "ZeRO 0 does not fit: \(PlanText.giga(plain.peak)) GB of \(limit). "
      return PlanText.wrapped(
        "\(reason)\(what): \(need) GB of \(limit), \(PlanText.giga(load.machine.memory - memory.peak)) to spare.")
    }
    var advice = "\(what): does not fit, \(need) GB of \(limit). "
    if let other = memories.filter({ fit($0) != .no }).min(by: { $0.stage.rawValue < $1.stage.rawValue }) {
      advice +=
        "\(other.stage.name), \(other.recomputation.rawValue) computed again, would: \(PlanText.giga(other.peak)) GB."
    } else if let enough = enoughGPUs {
      advice += "Take \(enough) GPUs with ZeRO 3 and everything computed again, or shorter or fewer sequences."
    } else if holdsLayersAtWork {
      advice += "No number of GPUs helps: a pass alone takes too much; shorten --max-length or lower --batch-size."
    } else {
      advice +=
        "No number of GPUs helps: the layers at work alone take too much. Layers must then be divided, too, by tensor "
        + "parallelism, which this plan leaves out."
    }
    return PlanText.wrapped(advice)
  }

  private var memoryText: String {
    var text = "Memory of a GPU, in GB\n" + PlanText.rows(memory.kept, PlanText.giga)
    if memory.generating.isEmpty { return text + PlanText.rows(memory.training, PlanText.giga) + total }
    text += "while it learns\n" + PlanText.rows(memory.training, PlanText.giga)
    text += "while it generates\n" + PlanText.rows(memory.generating, PlanText.giga)
    return text + total
  }

  private var total: String {
    PlanText.row("at most", PlanText.giga(memory.peak), memory.generating.isEmpty ? "" : "the larger of the two")
  }

  private var stepText: String {
    let tokens = load.tokensPerStep * Double(load.gpus)
    let machine = load.machine
    var text =
      "A step: N \(load.sequencesText) = \(PlanText.whole(tokens)) tokens, \(PlanText.whole(load.tokensPerStep)) on each GPU\n"
    text +=
      "  speed = \(PlanText.significant(machine.flops / 1e12)) TFLOP/s × \(PlanText.significant(machine.utilisation))\n"
    text += PlanText.rows(step.work, PlanText.seconds)
    text += PlanText.row("work", PlanText.seconds(step.workTime), "")
    guard load.gpus > 1 else { return text }
    text += "traffic of a GPU, in GB each way\n" + PlanText.rows(step.traffic, PlanText.giga)
    let bandwidth = PlanText.giga(machine.bandwidth)
    text += PlanText.row(
      "takes", PlanText.seconds(step.trafficTime), "\(PlanText.giga(step.bytes)) GB / \(bandwidth) GB/s")
    text += PlanText.row("cannot overlap", PlanText.seconds(step.exposed), "with the work, at best")
    return text + PlanText.efficiency(step.efficiency)
  }

  static let leftOut =
    "Left out: fragmentation, buffers and the framework itself (some GB), padding, learning from a batch more than once, "
    + "tensor and pipeline parallelism, and 8-bit optimizers. Speeds are those of --flops and the like; measure yours."
}

extension RankPlan {
  /// The plan for a terminal of 80 columns.
  public var text: String {
    let load = load
    let share = (load.batchSize + ranks - 1) / ranks
    let machine = load.machine
    let batch = PlanText.counted(Double(load.batchSize), load.trainer.learnsPairs ? "pair" : "sequence")
    let idle = ranks - load.batchSize
    var text =
      "\(load.trainer.name): P = \(PlanText.count(load.model.parameters)) parameters, mpirun -np \(ranks), fp32 on CPUs\n"
      + load.model.shapeText + "\n" + load.adapterText
      + PlanText.wrapped(
        "a batch of \(batch)\(load.trainer.learnsPairs ? " of two sequences" : ""), \(share) a rank, of s = \(load.maxLength) "
          + "tokens\(load.generates ? ", c = \(load.completionLength) of them generated" : "")"
          + (idle > 0 ? "; \(PlanText.counted(Double(idle), "rank")) with nothing to do" : ""))
    text += "\nMemory of a rank, in GB\n" + PlanText.rows(memory.kept, PlanText.giga)
    for phase in memory.phases {
      if memory.phases.count > 1 { text += "while it \(phase.name)\n" }
      text += PlanText.rows(phase.lines, PlanText.giga)
    }
    text += PlanText.row(
      memory.phases.count > 1 ? "at most" : "in all", PlanText.giga(bytes),
      limit.map { "of \(PlanText.giga($0)): \(bytes <= $0 ? "fits" : "does not fit")" } ?? "")
    text += "\nA step: \(PlanText.whole(tokens)) tokens on a rank\n"
    if load.sharesPrompts {
      text += PlanText.row(
        "tokens", PlanText.whole(tokens),
        "responses × c + prompts × (s − c): \(load.generations) responses share a prompt")
    }
    text +=
      "  speed = \(PlanText.significant(machine.flops / 1e12)) TFLOP/s × \(PlanText.significant(machine.utilisation)) × "
      + "\(PlanText.counted(Double(workers), "thread"))\n"
    text += PlanText.row(work.name, PlanText.seconds(work.amount), work.formula)
    if ranks > 1 {
      text += PlanText.row(traffic.name, "\(PlanText.giga(traffic.amount)) GB", traffic.formula)
      text += PlanText.row(
        travel.name, PlanText.seconds(travel.amount), "bytes / \(PlanText.giga(machine.bandwidth)) GB/s")
      text += PlanText.efficiency(efficiency)
    }
    return text + "\n"
      + PlanText.wrapped(
        "Left out: the program itself and its data (some 50 MB), attention's own arithmetic, and generation's time. "
          + "Sequences shorter than s take less.")
  }
}

extension TrainingLoad {
  /// `adapters of rank 16 on 7 projections of a layer: A = 4.884 million numbers`; nothing without adapters.
  fileprivate var adapterText: String {
    guard let lowRank else { return "" }
    let targets = lowRank.targets == [LowRank.everywhere] ? model.shape.adaptableModules : lowRank.targets
    return PlanText.wrapped(
      "adapters of rank \(lowRank.rank) on \(PlanText.counted(Double(targets.count), "projection")) of a layer: "
        + "A = \(PlanText.count(trainedNumbers)) numbers")
  }
}

extension PlannedModel {
  var shapeText: String {
    let s = shape
    let heads = s.headCount == s.keyValueHeadCount ? "" : ", \(s.keyValueHeadCount) for keys and values"
    return
      "\(isGuessed ? "a guess: " : "")L = \(PlanText.counted(layers, "layer")), h = \(s.hiddenSize), "
      + "a = \(PlanText.counted(self.heads, "head"))\(heads), V = \(s.vocabularySize)"
  }
}

/// Numbers and rows of plans.
enum PlanText {
  /// Bytes as billions of them, with three digits where they matter.
  static func giga(_ bytes: Double) -> String {
    let value = bytes / 1e9
    if value >= 1e7 { return NumberText.short(value, digits: 3) }
    return NumberText.fixed(value, decimals: value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3)
  }

  static func seconds(_ seconds: Double) -> String {
    let units = [("min", 60.0), ("h", 3600), ("days", 86_400), ("years", 31_557_600)]
    if let (unit, size) = units.last(where: { seconds >= 9.95 * $0.1 }) {
      let amount = seconds / size
      return (amount >= 999.5 ? NumberText.short(amount, digits: 2) : NumberText.fixed(amount, decimals: 0)) + " "
        + unit
    }
    if seconds >= 0.9995 {
      return NumberText.fixed(seconds, decimals: seconds >= 99.95 ? 0 : seconds >= 9.995 ? 1 : 2) + " s"
    }
    return NumberText.fixed(seconds * 1000, decimals: seconds >= 0.00995 ? 0 : 2) + " ms"
  }

  private static func percent(_ share: Double) -> String { NumberText.fixed(share * 100, decimals: 0) }

  static func efficiency(_ share: (best: Double, worst: Double)) -> String {
    let (best, worst) = (percent(share.best), percent(share.worst))
    return row(
      "efficiency", best == worst ? "\(best) %" : "\(worst)–\(best) %",
      "work / (work + traffic): without overlap, and with as much as possible")
  }

  static func counted(_ count: Double, _ thing: String) -> String {
    "\(count.wholeText) \(thing)\(count == 1 ? "" : "s")"
  }

  static func count(_ x: Double) -> String {
    if x >= 9.995e14 { return NumberText.short(x) }
    if x >= 1e12 { return NumberText.fixed(x / 1e12, decimals: 3) + " trillion" }
    if x >= 1e9 { return NumberText.fixed(x / 1e9, decimals: 3) + " billion" }
    if x >= 1e6 { return NumberText.fixed(x / 1e6, decimals: 3) + " million" }
    return whole(x)
  }

  /// A whole number with spaces between groups of three digits.
  static func whole(_ x: Double) -> String {
    let digits = Array(NumberText.fixed(x, decimals: 0))
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text += " " }
      text.append(digit)
    }
    return text
  }

  /// A number of the user's, without superfluous digits.
  static func significant(_ x: Double) -> String { NumberText.short(x, digits: 4).withoutEndingZeros }

  /// A number and its formula, which is continued below itself where the line is full.
  static func row(_ name: String, _ amount: String, _ formula: String) -> String {
    let start = "  " + NumberText.alignedLeft(name, to: 26) + NumberText.alignedRight(amount, to: 9)
    guard !formula.isEmpty else { return start + "\n" }
    let indent = String(repeating: " ", count: NumberText.width(start) + 2)
    return start + "  " + NumberText.lines(formula, width: 79 - indent.count).joined(separator: "\n" + indent) + "\n"
  }

  static func rows(_ lines: [PlanLine], _ amount: (Double) -> String) -> String {
    lines.map { row($0.name, amount($0.amount), $0.formula) }.joined()
  }

  static func wrapped(_ text: String) -> String { NumberText.lines(text, width: 79).joined(separator: "\n") + "\n" }
}

extension String {
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }

  fileprivate var withoutEndingZeros: String {
    guard contains("." as Character), !contains("e" as Character) else { return self }
    let kept = reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(kept.reversed())
  }
}
