public import Objectives
public import Simulation
public import Testing

// What a test is run with stands in its log: by name, and not with every option and word.

extension Scenario: CustomTestStringConvertible {
  public var testDescription: String { name }
}

extension Algorithm: CustomTestStringConvertible {
  public var testDescription: String { name }
}
