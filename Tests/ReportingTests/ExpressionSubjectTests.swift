import Recording
import Reporting
import Simulation
import Testing

/// The term that an expression is about most.
@Suite struct ExpressionSubjectTests {
  private let trace = Scenario.builtIn[0].record()

  private func subject(_ text: String) throws -> Int? {
    let expression = try Expression(parsing: text, glossary: trace.glossary)
    return expression.subject(in: trace, at: trace.beats.count - 1)
  }

  @Test func aTermIsItsOwn() throws {
    #expect(try subject("ratio[0,0]").map { trace.text($0) } == "ratio[0,0]")
    #expect(try subject("-2 * grad(logp[0,0])").map { trace.text($0) } == "logp[0,0]")
    #expect(try subject("3") == nil)
    #expect(try subject("ratio[99,99]") == nil)
  }

  @Test(arguments: ["ratio", "advantage", "logp"]) func anExtremeIsTheTermThatHasIt(name: String) throws {
    for function in ["min", "max"] {
      let expression = try Expression(parsing: "\(function)(\(name))", glossary: trace.glossary)
      let value = try expression.evaluate(in: trace, at: trace.beats.count - 1).numbers[0]
      let term = try #require(try subject("\(function)(\(name))"))
      #expect(trace.value(term) == value)
    }
    let largest = try #require(try subject("max(abs(\(name)))"))
    let all = try Expression(parsing: name, glossary: trace.glossary).evaluate(in: trace, at: trace.beats.count - 1)
    #expect(trace.value(largest).magnitude == all.numbers.map { $0.magnitude }.max())
  }

  @Test func aCountIsTheFirstThatIsCounted() throws {
    let term = try #require(try subject("count(ratio > 1)"))
    #expect(trace.value(term) > 1)
    let clipped = try subject("count(clipped)")
    #expect(clipped.map { trace.glossary.entries[trace.terms[$0].key.name].name } == "clipped_surrogate")
  }
}
