internal import Autodiff

/// Examples to learn from, in the file’s order.
public struct Dataset: Sendable {
  /// The file, or the built-in task.
  public let name: String
  public let kind: Kind
  public let examples: [Example]

  public init(name: String, kind: Kind, examples: [Example]) {
    self.name = name
    self.kind = kind
    self.examples = examples
  }

  /// Two random parts, each in the original order: what is learned from, and `heldOut` examples that are not.
  ///
  /// The same seed gives the same parts. Something must remain to be learned from.
  public func split(heldOut count: Int, seed: UInt64) throws(TrainingError) -> (training: Dataset, heldOut: Dataset) {
    guard (0..<max(examples.count, 1)).contains(count) else {
      throw TrainingError(
        .usage,
        "\(name): \(count) of \(examples.count) examples cannot be held out; from 0 to \(max(examples.count - 1, 0)) can"
      )
    }
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.heldOut)
    let held = Set(random.shuffled(examples.count).prefix(count))
    func part(_ isIncluded: (Int) -> Bool) -> Dataset {
      Dataset(name: name, kind: kind, examples: examples.indices.filter(isIncluded).map { examples[$0] })
    }
    return (part { !held.contains($0) }, part { held.contains($0) })
  }
}
