/// What was measured of a model on a file.
public struct Evaluation: Sendable {
  /// A number under TRL's name, where TRL has it.
  public struct Metric: Equatable, Sendable {
    public let name: String
    public let value: Double
    /// How far it may be off since other examples could have been drawn; nil where that is not known.
    public var standardError: Double?
  }

  /// What was looked at.
  public enum Kind: String, Sendable {
    case texts, pairs, prompts
  }

  public let model: String
  public let dataset: String
  public let kind: Kind
  public let examples: Int
  public internal(set) var metrics: [Metric] = []
  /// What the numbers mean, where that depends on how they were asked for.
  public internal(set) var remark: String?

  public subscript(name: String) -> Double? { metrics.first { $0.name == name }?.value }

  mutating func add(_ name: String, _ value: Double, standardError: Double? = nil) {
    metrics.append(Metric(name: name, value: value, standardError: standardError))
  }

  /// The mean of a number of each example.
  mutating func add(_ name: String, meanOf values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    add(name, mean, standardError: Self.standardError(values))
  }

  /// The deviation with n − 1, over √n; nil for fewer than two.
  static func standardError(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let (count, mean) = (Double(values.count), values.reduce(0, +) / Double(values.count))
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (variance / count).squareRoot()
  }
}
