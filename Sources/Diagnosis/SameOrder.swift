import Simulation

extension Batch {
  /// The batch with its elements in the order of another's, where both have the same ones: a loss knows no order.
  ///
  /// Elements are known by their texts, and by their numbers where they have no text or several have the same. Nil where they
  /// are not the same, or stand in the same order already.
  func inOrder(of other: Batch) -> Batch? {
    let (own, theirs) = (contents.identities, other.contents.identities)
    guard own.map({ $0.text }) != theirs.map({ $0.text }) else { return nil }
    var places: [String: [Int]] = [:]
    for (n, identity) in own.enumerated() { places[identity.text, default: []].append(n) }
    var order: [Int] = []
    for identity in theirs {
      guard let candidates = places[identity.text], !candidates.isEmpty else { return nil }
      let best = candidates.firstIndex { own[$0].numbers == identity.numbers } ?? 0
      order.append(candidates[best])
      places[identity.text]?.remove(at: best)
    }
    guard order.count == own.count else { return nil }
    var batch = self
    batch.contents = contents.reordered(order)
    batch.minibatch = minibatch.map { rows in order.indices.filter { rows.contains(order[$0]) } }
    return batch
  }
}

extension Batch.Contents {
  /// What tells an element from others.
  fileprivate struct Identity {
    let text: String
    let numbers: [Double]

    init(_ parts: [String], _ numbers: [Double]) {
      // Trainers need not record tokens: then the numbers are all there is.
      let isKnown = parts.contains { !$0.isEmpty }
      text = isKnown ? parts.joined(separator: "\u{1}") : "\(numbers)"
      self.numbers = numbers
    }
  }

  fileprivate var identities: [Identity] {
    switch self {
    case .responses(let list): list.map { Identity([$0.prompt] + $0.tokens, $0.oldLogp) }
    case .groups(let batch): batch.sequences.map { Identity([$0.prompt] + $0.tokens, $0.oldLogp + [$0.reward]) }
    case .baselined(let list): list.map { Identity([$0.prompt] + $0.tokens, $0.oldLogp) }
    case .distilled(let list): list.map { Identity([$0.prompt] + $0.tokens, $0.oldLogp) }
    case .judgements(let list): list.map { Identity([$0.prompt] + $0.tokens, $0.logp) }
    case .demonstrations(let list): list.map { Identity([$0.prompt] + $0.tokens, $0.logp) }
    case .pairs(let list):
      list.map { Identity([$0.prompt] + $0.chosen.tokens + ["\u{2}"] + $0.rejected.tokens, $0.chosen.logp) }
    case .scoredPairs(let list):
      list.map { Identity([$0.prompt] + $0.chosen.tokens + ["\u{2}"] + $0.rejected.tokens, [$0.chosen.score]) }
    }
  }

  /// - Parameter order: For each new place, which element comes there.
  fileprivate func reordered(_ order: [Int]) -> Self {
    switch self {
    case .responses(let list): .responses(order.map { list[$0] })
    case .groups(let batch): .groups(batch.reordered(order))
    case .baselined(let list): .baselined(order.map { list[$0] })
    case .distilled(let list): .distilled(order.map { list[$0] })
    case .judgements(let list): .judgements(order.map { list[$0] })
    case .demonstrations(let list): .demonstrations(order.map { list[$0] })
    case .pairs(let list): .pairs(order.map { list[$0] })
    case .scoredPairs(let list): .scoredPairs(order.map { list[$0] })
    }
  }
}

extension Batch.GroupBatch {
  /// Groups are numbered as they first appear.
  fileprivate func reordered(_ order: [Int]) -> Self {
    var (batch, numbers) = (self, [Int: Int]())
    batch.groups = []
    batch.sequences = order.map { place in
      var sequence = sequences[place]
      if numbers[sequence.group] == nil {
        numbers[sequence.group] = batch.groups.count
        batch.groups.append(groups[sequence.group])
      }
      sequence.group = numbers[sequence.group] ?? 0
      return sequence
    }
    return batch
  }
}
