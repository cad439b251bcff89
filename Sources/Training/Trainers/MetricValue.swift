/// A number that a trainer measured, under TRL's name where TRL has it.
public struct MetricValue: Equatable, Sendable {
  public let name: String
  public let value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
