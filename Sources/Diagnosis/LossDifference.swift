public import Documents
import Objectives
import Recording
public import Simulation

/// Why two batches have different losses: one cause after the other is put in place, and what each changes is its
/// share.
///
/// The shares add up to the whole, of the loss and of each gradient, since each begins where the one before it ended.
/// What two causes do together is counted with the later one.
///
///     LossDifference(of: batch, and: batchUnderVerl).causes.map(\.loss)  // adds up to the difference
public struct LossDifference: Sendable {
  /// One thing that differs.
  public struct Cause: Sendable {
    /// `scale_rewards_epsilon 1e-06, not 0.0001`.
    public let text: String
    /// What it changes of the loss.
    public let loss: Double
    /// What it changes of each gradient, by the leaf's name, where it changes it.
    public let gradients: [(leaf: String, value: Double)]

    /// Whether all that it changes are last digits: a sum in another order.
    fileprivate var isRounding: Bool { loss.magnitude <= 1e-15 && (largest?.value.magnitude ?? 0) <= 1e-15 }

    /// The gradient that it changes most.
    public var largest: (leaf: String, value: Double)? {
      gradients.max { $0.value.magnitude < $1.value.magnitude }
    }
  }

  /// The losses of the first and of the second batch.
  public let first, second: Double
  public let causes: [Cause]
  /// Whether the two have the same responses, examples or pairs in another order: gradients have the places of the second.
  public let isReordered: Bool

  /// What stands in the way of comparing two batches.
  public struct Obstacle: Error, Equatable, Sendable {
    public let message: String
  }

  /// The difference of two batches of one algorithm.
  public init(of first: Batch, and second: Batch) throws(Obstacle) {
    guard first.algorithm == second.algorithm else {
      throw Obstacle(
        message: "one batch is of \(first.algorithm.name) and the other of \(second.algorithm.name): their losses "
          + "have nothing in common")
    }
    let reordered = first.inOrder(of: second)
    let begin = reordered ?? first
    var way = Way(from: begin)
    guard let start = way.before.loss, let end = Snapshot(second).loss else {
      throw Obstacle(message: "a batch from which nothing was learned has no loss")
    }
    way.settle(Self.settings(from: begin, to: second))
    var texts: [String] = []
    for (text, contents) in begin.contents.steps(to: second.contents) {
      texts.append(text)
      // What waits is part of the contents of those behind it.
      if way.go(Step(text: texts.joined(separator: "; ")) { $0.contents = contents }) { texts = [] }
    }
    way.end(at: second, texts)
    let causes = way.causes
    self.first = start
    self.second = end
    self.causes = causes
    isReordered = reordered != nil
  }

  /// A loss and its gradients.
  private struct Snapshot {
    let loss: Double?
    private let gradients: [(leaf: String, value: Double)]

    init(_ batch: Batch) {
      let trace = batch.record()
      let differentiation = trace.differentiations.first { trace.quantity(of: $0.term) == .loss }
      loss = differentiation.map { trace.value($0.term) }
      guard let differentiation else {
        gradients = []
        return
      }
      let leaves = Quantity.learned + [.entropy, .chosenScore, .rejectedScore]
      gradients = trace.terms.indices.filter { leaves.contains(trace.quantity(of: $0)) && $0 <= differentiation.term }
        .map { (trace.text($0), trace.gradient(of: $0, at: trace.beats.count - 1) ?? 0) }
    }

    func difference(from before: Snapshot, text: String) -> Cause {
      var known: [String: Double] = [:]
      for (leaf, value) in before.gradients { known[leaf] = value }
      var changes: [(leaf: String, value: Double)] = []
      for (leaf, value) in gradients {
        let change = value - (known.removeValue(forKey: leaf) ?? 0)
        if change != 0 { changes.append((leaf, change)) }
      }
      for (leaf, value) in before.gradients where known[leaf] != nil && value != 0 { changes.append((leaf, -value)) }
      return Cause(text: text, loss: (loss ?? 0) - (before.loss ?? 0), gradients: changes)
    }
  }

  private struct Step {
    let text: String
    let apply: (inout Batch) -> Void
  }

  /// From one batch to the other, one step after the other. A step that would make a combination that is refused, a penalty
  /// before there is a reference, waits until others have been gone.
  private struct Way {
    private var now: Batch
    private(set) var before: Snapshot
    private(set) var causes: [Cause] = []
    private var waiting: [Step] = []

    init(from first: Batch) { (now, before) = (first, Snapshot(first)) }

    /// Goes those steps that can be gone; the others wait.
    mutating func settle(_ steps: [Step] = []) {
      waiting += steps
      while let possible = waiting.indices.first(where: { leads(waiting[$0]) }) { take([waiting.remove(at: possible)]) }
    }

    /// Goes a step, and those that have waited for it; false if it cannot be gone yet.
    mutating func go(_ step: Step) -> Bool {
      guard leads(step) else { return false }
      take([step])
      settle()
      return true
    }

    /// What waits for each other is gone together.
    mutating func end(at second: Batch, _ texts: [String]) {
      let rest = waiting + texts.map { text in Step(text: text) { $0.contents = second.contents } }
      if !rest.isEmpty { take(rest) }
    }

    private func leads(_ step: Step) -> Bool {
      var batch = now
      step.apply(&batch)
      return batch.problem == nil
    }

    private mutating func take(_ steps: [Step]) {
      for step in steps { step.apply(&now) }
      let after = Snapshot(now)
      let cause = after.difference(from: before, text: steps.map { $0.text }.joined(separator: "; "))
      if !cause.isRounding { causes.append(cause) }
      before = after
    }
  }

  /// What to put in place before the numbers: options, and what the batch is a part of.
  private static func settings(from first: Batch, to second: Batch) -> [Step] {
    var steps: [Step] = []
    for option in first.options where first.settings[option] != second.settings[option] {
      let (old, new) = (first.settings[option], second.settings[option])
      steps.append(
        Step(text: "\(option.name) \(new.text), not \(old.text)") { batch in
          // Both batches have it, so that its value is fitting.
          do throws(OptionError) { try batch.settings.set(option, to: new) } catch {}
        })
    }
    func number(_ x: Double?) -> String { x.map { NumberText.plain($0) } ?? "\(first.learnedTokens)" }
    if first.stepTokens != second.stepTokens {
      steps.append(
        Step(text: "denominator: \(number(second.stepTokens)) tokens, not \(number(first.stepTokens))") {
          $0.stepTokens = second.stepTokens
        })
    }
    if first.stepShare != second.stepShare {
      steps.append(
        Step(text: "step_share \(number(second.stepShare)), not \(number(first.stepShare))") {
          $0.stepShare = second.stepShare
        })
    }
    if first.referencePoint != second.referencePoint {
      func point(_ x: Double?) -> String { x.map { NumberText.plain($0) } ?? "none" }
      steps.append(
        Step(text: "reference_point \(point(second.referencePoint)), not \(point(first.referencePoint))") {
          $0.referencePoint = second.referencePoint
        })
    }
    if first.minibatch != second.minibatch {
      steps.append(Step(text: "other sequences are learned from (minibatch)") { $0.minibatch = second.minibatch })
    }
    return steps
  }
}

extension Batch {
  /// How many tokens its own loss is an average over, where nothing says how many the step has.
  fileprivate var learnedTokens: Int {
    let trace = record()
    let counted = trace.terms.indices.count { trace.quantity(of: $0) == .tokenLoss }
    return counted > 0 ? counted : trace.terms.indices.count { trace.quantity(of: $0) == .logp }
  }
}

// MARK: - In words

extension LossDifference {
  /// The causes, one a line, with the gradient that each changes most.
  public var text: StyledText {
    var text = StyledText()
    let whole = second - first
    text.line("loss \(NumberText.short(first)) → \(NumberText.short(second)): \(signed(whole))", .heading)
    if isReordered {
      text.line("  Their order differs; each is compared with the same one, at its place in the second.")
    }
    if causes.isEmpty { text.line("  Nothing that has a part in the loss differs.") }
    let width = causes.map { NumberText.width(signed($0.loss)) }.max() ?? 0
    for cause in causes {
      text.add("  " + NumberText.alignedRight(signed(cause.loss), to: width) + "  ", .heading)
      text.line(cause.text)
      guard let largest = cause.largest else { continue }
      let rest = cause.gradients.count == 1 ? "" : ", the largest of \(cause.gradients.count)"
      text.line(
        String(repeating: " ", count: width + 4) + "grad(\(largest.leaf)) \(signed(largest.value))\(rest)", .dim)
    }
    let sum = causes.reduce(0) { $0 + $1.loss }
    if !causes.isEmpty { text.line("  together \(signed(sum))", .dim) }
    return text
  }

  /// `{"first", "second", "difference", "reordered", "causes": [{"cause", "loss", "gradients": {leaf: change}}]}`.
  public var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("first", number: first)
    json.member("second", number: second)
    json.member("difference", number: second - first)
    json.member("reordered", isReordered)
    json.key("causes")
    json.beginArray()
    for cause in causes {
      json.beginObject()
      json.member("cause", cause.text)
      json.member("loss", number: cause.loss)
      json.key("gradients")
      json.beginObject()
      for (leaf, value) in cause.gradients { json.member(leaf, number: value) }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.text
  }

  private func signed(_ x: Double) -> String {
    // Less than the last digits of the losses is not worth reading.
    if x.magnitude <= 1e-14 * max(1e-2, first.magnitude, second.magnitude) { return "≈ 0" }
    return (x < 0 ? "−" : "+") + NumberText.short(x.magnitude)
  }
}
