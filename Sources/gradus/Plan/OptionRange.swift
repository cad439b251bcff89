/// The ranges of whole-numbered options.
enum Range {
  static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw CommandError(
      .usage, "--\(name): must be from \(range.lowerBound) to \(range.upperBound); it is \(value)")
  }
}
