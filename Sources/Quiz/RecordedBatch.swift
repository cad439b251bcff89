import Objectives
import Recording
import Simulation

/// A batch as a trainer would have written it, out of a recording's first update on some samples.
struct RecordedBatch {
  let batch: Batch
  /// Where the update's loss is recorded.
  let beat: Int

  /// Nil where the recording has no update of an algorithm with a ratio, or too few samples of use.
  init?(_ asking: inout Asking) {
    let trace = asking.trace
    let updates = trace.differentiations.filter { trace.isFirstUpdate($0.term) }
    guard !updates.isEmpty else { return nil }
    let loss = asking.pick(updates).term
    beat = asking.beat(loss)
    guard let contents = asking.contents(of: loss) else { return nil }
    batch = Batch(title: "the first update on new samples", settings: asking.batchSettings, contents: contents)
  }
}

extension Trace {
  /// Whether a loss is the first one on its samples, after the policy has left the reference.
  fileprivate func isFirstUpdate(_ loss: Int) -> Bool {
    let loops = stage(ofBeat: terms[loss].beat).loops
    return quantity(of: loss) == .loss && (loops.iteration ?? 0) > 0 && loops.epoch == 0 && loops.minibatch == 0
  }
}

extension Asking {
  fileprivate var batchSettings: Settings {
    var kept = Settings()
    for option in source.algorithm.options.replayed ?? [] { try? kept.set(option, to: settings[option]) }
    return kept
  }

  fileprivate func contents(of loss: Int) -> Batch.Contents? {
    let rows = rows(of: loss)
    return source.algorithm.credit == .critic ? sequences(rows) : groups(rows)
  }

  /// The log-probabilities of a minibatch, by response.
  private func rows(of loss: Int) -> [[Int]] {
    let loops = trace.stage(ofBeat: beat(loss)).loops
    var rows: [[Int]] = []
    for term in trace.terms.indices
    where trace.quantity(of: term) == .logp && trace.stage(ofBeat: beat(term)).loops == loops {
      if let last = rows.last?.first, key(last).i == key(term).i {
        rows[rows.count - 1].append(term)
      } else {
        rows.append([term])
      }
    }
    return rows
  }

  private func numbers(_ row: [Int], _ quantity: Quantity) -> [Double] {
    row.compactMap { value(beside: $0, quantity) }
  }

  private func tokens(_ row: [Int]) -> [String] {
    row.map { trace.tokenText(key($0).i, key($0).j, at: beat($0)) ?? "" }
  }

  private func sequences(_ rows: [[Int]]) -> Batch.Contents? {
    var sequences: [Batch.PPOSequence] = []
    for row in rows {
      let values = numbers(row, .oldValue)
      guard let score = value(beside: row[0], .score, key(row[0]).i, -1), values.count == row.count else { return nil }
      sequences.append(
        Batch.PPOSequence(
          prompt: "", tokens: tokens(row), logp: row.map { trace.value($0) }, oldLogp: numbers(row, .oldLogp),
          refLogp: numbers(row, .refLogp), value: values, oldValue: values, score: score, entropy: nil))
    }
    return sequences.count > 1 ? .responses(sequences) : nil
  }

  /// Two whole groups whose rewards differ.
  private func groups(_ rows: [[Int]]) -> Batch.Contents? {
    var groups: [[Int]] = []
    for row in rows {
      guard let reward = beside(row[0], .reward, key(row[0]).i, -1), let group = group(of: reward) else { return nil }
      let rewards = group.map { trace.value($0) }
      if !groups.contains(group), rewards.contains(where: { $0 != rewards[0] }) { groups.append(group) }
    }
    guard groups.count >= 2 else { return nil }
    var sequences: [Batch.GroupBatch.Sequence] = []
    for (g, group) in groups.prefix(2).enumerated() {
      for reward in group {
        guard let row = rows.first(where: { key($0[0]).i == key(reward).i }) else { return nil }
        let reference = numbers(row, .refLogp)
        let last = tokens(row).last
        sequences.append(
          Batch.GroupBatch.Sequence(
            prompt: "", tokens: tokens(row), group: g, reward: trace.value(reward),
            logp: row.map { trace.value($0) }, oldLogp: numbers(row, .oldLogp),
            refLogp: reference.count == row.count ? reference : nil, isTruncated: last != "<eos>"))
      }
    }
    return .groups(Batch.GroupBatch(sequences: sequences, groups: ["A", "B"].map { Batch.GroupBatch.Group(name: $0) }))
  }
}
