import Autodiff
import Testing

@testable import Formulas

/// When a formula with numbers is one of those that a general formula stands for.
@Suite struct BindingsTests {
  private static let letter = Letter(number: 0, axis: 0)
  /// ∑ᵢ xᵢ or another operation over all i.
  private func general(_ operation: Autodiff.Operation) -> Formula {
    let index = FormulaIndex(axis: 0, place: .letter(Self.letter, plus: 0))
    return .range(operation, [Self.letter], .quantity(1, [index], age: .age(0)), part: nil)
  }

  private func instance(_ operation: Autodiff.Operation, _ count: Int) -> FormulaInstance {
    let operands = (0..<count).map { Formula.quantity(1, [FormulaIndex($0, axis: 0)], age: .age(0)) }
    return FormulaInstance(term: 0, indices: [], formula: .operation(operation, operands), symbols: [])
  }

  private func matches(_ formula: Formula, _ instance: FormulaInstance) -> Bool {
    Bindings([], formula, matching: instance) != nil
  }

  @Test func aSumStandsForSumsOfAnyLength() {
    for count in 0..<4 { #expect(matches(general(.sum), instance(.sum, count))) }
    #expect(!matches(general(.sum), instance(.mean, 2)))
  }

  /// That is how a response that is left out counts 0.
  @Test func aSumOfNothingIsAlsoAMeanOfNothing() {
    #expect(matches(general(.mean), instance(.mean, 2)))
    #expect(matches(general(.mean), instance(.sum, 0)))
    #expect(!matches(general(.mean), instance(.sum, 2)))
    #expect(!matches(general(.sum), instance(.mean, 0)))
  }
}
