import Autodiff

/// The order in which examples are learned from: a function of the seed and the epoch alone, so that a run can be resumed
/// anywhere.
struct DataOrder: Sendable {
  let count: Int
  let seed: UInt64
  let isShuffled: Bool

  init(_ count: Int, _ settings: TrainingSettings) {
    self.count = count
    seed = UInt64(settings.integer(.seed))
    isShuffled = settings.flag(.shuffle)
  }

  /// The examples of one epoch.
  func epoch(_ number: Int) -> [Int] {
    guard isShuffled else { return Array(0..<count) }
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.order, UInt32(number))
    return random.shuffled(count)
  }

  /// How many steps of `size` examples an epoch has; its last one may be smaller.
  func stepsPerEpoch(_ size: Int) -> Int { (count + size - 1) / size }

  /// The examples of a step; steps do not cross the end of an epoch.
  func step(_ step: Int, size: Int) -> [Int] {
    let perEpoch = stepsPerEpoch(size)
    return Array(epoch(step / perEpoch).dropFirst(step % perEpoch * size).prefix(size))
  }

  /// The examples `start ..< start + size` of all epochs in sequence.
  func endless(from start: Int, size: Int) -> [Int] {
    var (result, epoch): ([Int], Int) = ([], start / count)
    var rest = Array(self.epoch(epoch).dropFirst(start % count))
    while result.count + rest.count < size {
      result += rest
      epoch += 1
      rest = self.epoch(epoch)
    }
    return result + rest.prefix(size - result.count)
  }
}
