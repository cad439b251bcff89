/// The sum of a gradient over all ranks, begun part by part while the backward pass is still working on the rest.
///
/// The backward pass reports what it has finished from the last parameters to the first. Neighbours are sent together
/// until there are enough of them to be worth a message.
///
/// Source: Li et al. 2020, PyTorch Distributed, section 3.2.3.
struct GradientSum {
  /// The least numbers in a message, except in the last one: 1 MiB.
  static let bucket = 1 << 18

  private let gradient: Parameters
  private let ranks: any Ranks
  private let bucket: Int
  private var waiting = 0..<0

  init(of gradient: Parameters, over ranks: any Ranks, bucket: Int = GradientSum.bucket) {
    self.gradient = gradient
    self.ranks = ranks
    self.bucket = bucket
  }

  /// Notes that nothing will be added to these numbers any more.
  mutating func isReady(_ range: Range<Int>) {
    if range.upperBound == waiting.lowerBound, !waiting.isEmpty {
      waiting = range.lowerBound..<waiting.upperBound
    } else {
      send()
      waiting = range
    }
    if waiting.count >= bucket { send() }
  }

  /// Sends what still waits for neighbours.
  mutating func send() {
    if !waiting.isEmpty { ranks.beginSum(gradient[waiting]) }
    waiting = 0..<0
  }
}
