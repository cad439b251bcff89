import Recording
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
      "\(load.trainer.rawValue): P = \(PlanText.count(load.model.parameters)) parameters on N = \(number) of "
        + "\(PlanText.giga(load.machine.memory)) GB, \(kind)",
      load.model.shapeText,
    ]
    let pairs = load.trainer == .dpo || load.trainer == .reward ? " pairs, two sequences each" : ""
    lines.append(
      "b = \(load.sequences.wholeText)\(pairs.isEmpty ? "" : " (\(load.batchSize)\(pairs))") sequences of "
        + "s = \(load.maxLength) tokens a GPU and pass"
        + (load.generates ? ", c = \(load.completionLength) of them generated" : "")
        + (load.accumulation > 1 ? "; A = \(load.accumulation) passes a step" : ""))
    return lines.map(PlanText.wrapped).joined()
  }

  /// What each way of dividing needs.
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
    } else {
      advice += "No number of GPUs helps: a pass alone takes too much; shorten --max-length or lower --batch-size."
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
      "A step: N A b s = \(PlanText.whole(tokens)) tokens, \(PlanText.whole(load.tokensPerStep)) on each GPU\n"
    text +=
      "  speed = \(PlanText.significant(machine.flops / 1e12)) TFLOP/s × \(PlanText.significant(machine.utilisation))\n"
    text += PlanText.rows(step.work, PlanText.seconds)
    text += PlanText.row("work", PlanText.seconds(step.workTime), "")
    guard load.gpus > 1 else { return text }
    text += "traffic of a GPU, in GB each way\n" + PlanText.rows(step.traffic, PlanText.giga)
    let bandwidth = PlanText.giga(machine.bandwidth)
    text += PlanText.row(
      "takes", PlanText.seconds(step.trafficTime), "\(PlanText.giga(step.bytes)) GB / \(bandwidth) GB/s")
    text += PlanText.row("of it alone", PlanText.seconds(step.exposed), "what no arithmetic can hide")
    let (best, worst) = step.efficiency
    text += PlanText.row(
      "efficiency", "\(PlanText.percent(worst))–\(PlanText.percent(best)) %",
      "work / (work + traffic): none overlaps, or all that can")
    return text
  }

  static let leftOut =
    "Left out: fragmentation, buffers and the framework itself (some GB), padding, learning from a batch more than once, "
    + "tensor and pipeline parallelism, 8-bit optimizers and LoRA. Speeds are what --flops and the like say; measure yours."
}

extension RankPlan {
  /// The plan for a terminal of 80 columns.
  public var text: String {
    let load = load
    let share = (load.batchSize + ranks - 1) / ranks
    var text =
      "\(load.trainer.rawValue): P = \(PlanText.count(load.model.parameters)) parameters, mpirun -np \(ranks), fp32 on CPUs\n"
      + load.model.shapeText + "\n"
      + "a batch of \(load.batchSize), \(share) a rank, of s = \(load.maxLength) tokens\n"
    text += "\nMemory of a rank, in GB\n" + PlanText.rows(memory, PlanText.giga)
    text += PlanText.row(
      "in all", PlanText.giga(bytes),
      limit.map { "of \(PlanText.giga($0)): \(bytes <= $0 ? "fits" : "does not fit")" } ?? "")
    text += "\nA step\n" + PlanText.row(work.name, PlanText.seconds(work.amount), work.formula)
    if ranks > 1 {
      text += PlanText.row(traffic.name, "\(PlanText.giga(traffic.amount)) GB", traffic.formula)
      text += PlanText.row(travel.name, PlanText.seconds(travel.amount), travel.formula)
      let (best, worst) = efficiency
      text += PlanText.row(
        "efficiency", "\(PlanText.percent(worst))–\(PlanText.percent(best)) %",
        "work / (work + traffic): none overlaps, or all that can")
    }
    return text + "\n"
      + PlanText.wrapped(
        "Left out: the program itself and its data (some 50 MB), attention's own arithmetic, and generation's time. "
          + "Sequences shorter than s take less.")
  }
}

extension PlannedModel {
  var shapeText: String {
    let s = shape
    let heads = s.headCount == s.keyValueHeadCount ? "" : ", \(s.keyValueHeadCount) for keys and values"
    return
      "\(isGuessed ? "a guess: " : "")L = \(s.layerCount) layers, h = \(s.hiddenSize), a = \(s.headCount) heads\(heads), V = \(s.vocabularySize)"
  }
}

/// How plans write numbers and rows.
enum PlanText {
  /// Of bytes: as many billions of them, with three digits where they matter.
  static func giga(_ bytes: Double) -> String {
    let value = bytes / 1e9
    return NumberText.fixed(value, decimals: value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3)
  }

  static func seconds(_ seconds: Double) -> String {
    if seconds >= 99.95 { return NumberText.fixed(seconds, decimals: 0) + " s" }
    if seconds >= 0.9995 { return NumberText.fixed(seconds, decimals: seconds >= 9.995 ? 1 : 2) + " s" }
    return NumberText.fixed(seconds * 1000, decimals: seconds >= 0.00995 ? 0 : 2) + " ms"
  }

  static func percent(_ share: Double) -> String { NumberText.fixed(share * 100, decimals: 0) }

  static func count(_ x: Double) -> String {
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

  /// A number of the user's, as short as it is.
  static func significant(_ x: Double) -> String { NumberText.short(x, digits: 4).withoutEndingZeros }

  /// A number and its formula, which goes on below itself where the line is full.
  static func row(_ name: String, _ amount: String, _ formula: String) -> String {
    let start = "  " + NumberText.alignedLeft(name, to: 26) + NumberText.alignedRight(amount, to: 9)
    guard !formula.isEmpty else { return start + "\n" }
    let indent = String(repeating: " ", count: NumberText.width(start) + 2)
    return start + "  " + lines(formula, width: 79 - indent.count).joined(separator: "\n" + indent) + "\n"
  }

  static func rows(_ lines: [PlanLine], _ amount: (Double) -> String) -> String {
    lines.map { row($0.name, amount($0.amount), $0.formula) }.joined()
  }

  static func wrapped(_ text: String) -> String { lines(text, width: 79).joined(separator: "\n") + "\n" }

  private static func lines(_ text: String, width: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if NumberText.width(last) + 1 + NumberText.width(String(word)) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension String {
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }

  fileprivate var withoutEndingZeros: String {
    guard contains("." as Character), !contains("e" as Character) else { return self }
    let kept = reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(kept.reversed())
  }
}
