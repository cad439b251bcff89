import Testing

@testable import Training

@Suite struct AdditionTests {
  private func right(_ examples: [Example]) throws -> Double {
    let items = examples.map { ScoredCompletion($0.completion ?? "", of: $0) }
    return try ExactMatch().scores(items).compactMap(\.self).reduce(0, +) / Double(items.count)
  }

  private func sums(_ dataset: Dataset) -> Set<[Int]> {
    Set(dataset.examples.map { $0.prompt.dropLast().split(separator: "+").compactMap { Int($0) }.sorted() })
  }

  @Test func answersAreTheSumsLastDigitFirst() throws {
    let task = BuiltInTask.addition(seed: 1)
    #expect(task.training.prompts.examples.count == 2_000)
    for example in task.training.prompts.examples.prefix(100) {
      let sum = try #require(arithmeticValue(of: String(example.prompt.dropLast())))
      #expect(try example.text(ofColumn: "answer") == String("\(Int(sum))".reversed()))
    }
  }

  @Test func digitsCanBeInTheUsualOrder() throws {
    var options = BuiltInTask.AdditionOptions()
    (options.reversed, options.corrupted) = (false, 0)
    let task = BuiltInTask.addition(seed: 1, options: options)
    let items = task.training.demonstrations.examples.map { ScoredCompletion($0.completion ?? "", of: $0) }
    #expect(try Arithmetic().scores(items).allSatisfy { $0 == 1 })
  }

  @Test func demonstrationsAreWrongAsOftenAsSaid() throws {
    let task = BuiltInTask.addition(seed: 2)
    #expect(abs(try right(task.training.demonstrations.examples) - 0.5) < 0.03)
    #expect(try right(task.heldOut.demonstrations.examples) == 1)
    var options = BuiltInTask.AdditionOptions()
    options.corrupted = 1
    #expect(try right(BuiltInTask.addition(seed: 2, options: options).training.demonstrations.examples) == 0)
  }

  @Test func heldOutSumsAreNewInEitherOrder() {
    let task = BuiltInTask.addition(seed: 3)
    let (training, heldOut) = (sums(task.training.prompts), sums(task.heldOut.prompts))
    #expect(heldOut.count == 200)
    #expect(training.count == 2_000)
    #expect(training.isDisjoint(with: heldOut))
    #expect(sums(task.training.demonstrations).isSubset(of: training))
    #expect(sums(task.heldOut.demonstrations).isSubset(of: heldOut))
  }

  @Test func mostSumsHaveACarry() {
    let carries = BuiltInTask.addition(seed: 3).heldOut.prompts.examples.count { example in
      let digits = example.prompt.dropLast().split(separator: "+").compactMap { Int($0).map { ($0 % 10, $0 / 10) } }
      return digits.reduce(0) { $0 + $1.0 } > 9 || digits.reduce(0) { $0 + $1.1 } > 9
    }
    #expect(carries > 120)
  }

  @Test func aSmallRangeIsSharedOut() {
    var options = BuiltInTask.AdditionOptions()
    (options.minimum, options.maximum) = (0, 3)
    let task = BuiltInTask.addition(seed: 3, options: options)
    #expect(task.training.prompts.examples.count + task.heldOut.prompts.examples.count == 10)
    #expect(sums(task.training.prompts).isDisjoint(with: sums(task.heldOut.prompts)))
    (options.minimum, options.maximum) = (5, -7)
    #expect(BuiltInTask.addition(seed: 3, options: options).training.prompts.examples.count == 2)
  }
}
