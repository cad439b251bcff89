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
    var now = first
    var before = Snapshot(first)
    guard let start = before.loss, let end = Snapshot(second).loss else {
      throw Obstacle(message: "a batch from which nothing was learned has no loss")
    }
    var causes: [Cause] = []
    var waiting: [String] = []
    for step in Self.steps(from: first, to: second) {
      step.apply(&now)
      waiting.append(step.text)
      // A combination that is refused goes with the next.
      guard now.problem == nil else { continue }
      let after = Snapshot(now)
      let cause = after.difference(from: before, text: waiting.joined(separator: "; "))
      if !cause.isRounding { causes.append(cause) }
      (before, waiting) = (after, [])
    }
    self.first = start
    self.second = end
    self.causes = causes
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

  /// What to put in place, in this order: options, what the batch is a part of, numbers.
  private static func steps(from first: Batch, to second: Batch) -> [Step] {
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
    if first.minibatch != second.minibatch {
      steps.append(Step(text: "other sequences are learned from (minibatch)") { $0.minibatch = second.minibatch })
    }
    return steps
      + first.contents.steps(to: second.contents).map { text, contents in
        Step(text: text) { $0.contents = contents }
      }
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

// MARK: - Numbers

extension Batch.Contents {
  /// The way to other contents, one kind of number after the other, where both have the same responses.
  fileprivate func steps(to other: Self) -> [(text: String, contents: Batch.Contents)] {
    switch (self, other) {
    case (.groups(let a), .groups(let b)): Self.groupSteps(a, b)
    case (.responses(let a), .responses(let b)): Self.responseSteps(a, b)
    case (.pairs(let a), .pairs(let b)): Self.pairSteps(a, b)
    default: [(text: "other numbers", contents: other)]
    }
  }

  /// One kind of number after the other of some elements, and what the contents are then.
  private struct Exchange<Element> {
    let others: [Element]
    let noun: String
    let contents: ([Element]) -> Batch.Contents
    private(set) var now: [Element]
    private(set) var steps: [(text: String, contents: Batch.Contents)] = []

    init(_ elements: [Element], _ others: [Element], _ noun: String, contents: @escaping ([Element]) -> Batch.Contents)
    {
      (now, self.others, self.noun, self.contents) = (elements, others, noun, contents)
    }

    mutating func exchange(
      _ name: String, isSame: (Element, Element) -> Bool, copy: (inout Element, Element) -> Void
    ) {
      let changed = now.indices.count { !isSame(now[$0], others[$0]) }
      guard changed > 0 else { return }
      for n in now.indices { copy(&now[n], others[n]) }
      steps.append((text: "\(name) of \(changed) of \(now.count) \(noun)", contents: contents(now)))
    }
  }

  private static func groupSteps(
    _ a: Batch.GroupBatch, _ b: Batch.GroupBatch
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.sequences.map({ $0.tokenCount }) == b.sequences.map({ $0.tokenCount }) else {
      return [(text: "other responses", contents: .groups(b))]
    }
    var base = a
    var first: [(text: String, contents: Batch.Contents)] = []
    if a.sequences.map({ $0.group }) != b.sequences.map({ $0.group }) || a.rewardNames != b.rewardNames {
      base.groups = b.groups
      base.rewardNames = b.rewardNames
      for n in base.sequences.indices {
        base.sequences[n].group = b.sequences[n].group
        base.sequences[n].rewards = b.sequences[n].rewards
        base.sequences[n].reward = b.sequences[n].reward
      }
      first.append((text: "groups and rewards", contents: .groups(base)))
    }
    let frame = base
    var exchange = Exchange(base.sequences, b.sequences, "responses") { sequences in
      var batch = frame
      batch.sequences = sequences
      return .groups(batch)
    }
    exchange.exchange(
      "reward", isSame: { $0.reward == $1.reward && $0.rewards == $1.rewards },
      copy: { ($0.reward, $0.rewards) = ($1.reward, $1.rewards) })
    exchange.exchange(
      "truncated", isSame: { $0.isTruncated == $1.isTruncated },
      copy: { $0.isTruncated = $1.isTruncated })
    exchange.exchange(
      "loss_mask", isSame: { $0.lossMask == $1.lossMask },
      copy: { $0.lossMask = $1.lossMask })
    exchange.exchange(
      "sampling_logp", isSame: { $0.samplingLogp == $1.samplingLogp },
      copy: { $0.samplingLogp = $1.samplingLogp })
    exchange.exchange(
      "ref_logp", isSame: { $0.refLogp == $1.refLogp },
      copy: { $0.refLogp = $1.refLogp })
    exchange.exchange(
      "old_logp", isSame: { $0.oldLogp == $1.oldLogp },
      copy: { $0.oldLogp = $1.oldLogp })
    exchange.exchange(
      "logp", isSame: { $0.logp == $1.logp },
      copy: { $0.logp = $1.logp })
    exchange.exchange(
      "entropy", isSame: { $0.entropy == $1.entropy },
      copy: { $0.entropy = $1.entropy })
    return first + exchange.steps + [(text: "the weights of the groups", contents: .groups(b))]
  }

  private static func responseSteps(
    _ a: [Batch.PPOSequence], _ b: [Batch.PPOSequence]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.map({ $0.oldLogp.count }) == b.map({ $0.oldLogp.count }) else {
      return [(text: "other responses", contents: .responses(b))]
    }
    var exchange = Exchange(a, b, "responses") { .responses($0) }
    exchange.exchange(
      "score", isSame: { $0.score == $1.score },
      copy: { $0.score = $1.score })
    exchange.exchange(
      "truncated", isSame: { $0.isTruncated == $1.isTruncated },
      copy: { $0.isTruncated = $1.isTruncated })
    exchange.exchange(
      "sampling_logp", isSame: { $0.samplingLogp == $1.samplingLogp },
      copy: { $0.samplingLogp = $1.samplingLogp })
    exchange.exchange(
      "old_value", isSame: { $0.oldValue == $1.oldValue },
      copy: { $0.oldValue = $1.oldValue })
    exchange.exchange(
      "ref_logp", isSame: { $0.refLogp == $1.refLogp },
      copy: { $0.refLogp = $1.refLogp })
    exchange.exchange(
      "old_logp", isSame: { $0.oldLogp == $1.oldLogp },
      copy: { $0.oldLogp = $1.oldLogp })
    exchange.exchange(
      "logp", isSame: { $0.logp == $1.logp },
      copy: { $0.logp = $1.logp })
    exchange.exchange(
      "value", isSame: { $0.value == $1.value },
      copy: { $0.value = $1.value })
    exchange.exchange(
      "entropy", isSame: { $0.entropy == $1.entropy },
      copy: { $0.entropy = $1.entropy })
    return exchange.steps
  }

  private static func pairSteps(_ a: [Batch.Pair], _ b: [Batch.Pair]) -> [(text: String, contents: Batch.Contents)] {
    let lengths: ([Batch.Pair]) -> [[Int]] = { $0.map { [$0.chosen.logp.count, $0.rejected.logp.count] } }
    guard lengths(a) == lengths(b) else { return [(text: "other pairs", contents: .pairs(b))] }
    var exchange = Exchange(a, b, "pairs") { .pairs($0) }
    exchange.exchange("margin", isSame: { $0.margin == $1.margin }, copy: { $0.margin = $1.margin })
    exchange.exchange(
      "log_sum_sq_probs",
      isSame: {
        $0.chosen.logSumSquares == $1.chosen.logSumSquares && $0.rejected.logSumSquares == $1.rejected.logSumSquares
      },
      copy: {
        ($0.chosen.logSumSquares, $0.rejected.logSumSquares) = ($1.chosen.logSumSquares, $1.rejected.logSumSquares)
      })
    exchange.exchange(
      "ref_logp", isSame: { $0.chosen.refLogp == $1.chosen.refLogp && $0.rejected.refLogp == $1.rejected.refLogp },
      copy: { ($0.chosen.refLogp, $0.rejected.refLogp) = ($1.chosen.refLogp, $1.rejected.refLogp) })
    exchange.exchange(
      "logp", isSame: { $0.chosen.logp == $1.chosen.logp && $0.rejected.logp == $1.rejected.logp },
      copy: { ($0.chosen.logp, $0.rejected.logp) = ($1.chosen.logp, $1.rejected.logp) })
    return exchange.steps
  }
}

// MARK: - In words

extension LossDifference {
  /// The causes, one a line, with the gradient that each changes most.
  public var text: StyledText {
    var text = StyledText()
    let whole = second - first
    text.line("loss \(NumberText.short(first)) → \(NumberText.short(second)): \(signed(whole))", .heading)
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

  /// `{"first", "second", "difference", "causes": [{"cause", "loss", "gradients": {leaf: change}}]}`.
  public var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("first", number: first)
    json.member("second", number: second)
    json.member("difference", number: second - first)
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
