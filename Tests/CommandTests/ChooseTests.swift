import Reporting
import Testing

@Suite struct ChooseTests {
  @Test func asksAndConcludes() throws {
    let result = try Program()(["choose"], input: "yes\nno\nno\nyes\nno\n")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("yes or no? yes\n"))
    #expect(result.output.hasSuffix("gradus compare dpo --set beta=0.05 --set beta=0.1 --set beta=0.5\n"))
  }

  @Test func whatIsAnsweredBeforehandIsNotAsked() throws {
    let result = try Program()(["choose", "--answer", "ready=no"])
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("→ Supervised fine-tuning first"))
  }

  @Test func answersThatEndTooEarlyAreAnError() throws {
    let result = try Program()(["choose"], input: "yes\n")
    #expect(result.exitCode == 64)
    #expect(result.errors == "Error: the answers ended before the question 'teacher' was answered\n")
  }

  @Test(arguments: [["--answer", "redy=yes"], ["--answer", "ready=perhaps"], ["--diagram", "tree"]])
  func aBadArgumentIsTold(arguments: [String]) throws {
    let result = try Program()(["choose"] + arguments)
    #expect(result.exitCode == 64)
    #expect(result.output == "")
  }

  @Test func drawsTheTree() throws {
    let program = try Program()
    let result = try program(["choose", "--diagram", "tree.svg"])
    #expect(result.output == "wrote tree.svg\n")
    #expect(try program.read("tree.svg").contains("GRPO across user groups"))
  }

  /// What it advises to try can be typed.
  @Test(arguments: Decision.algorithm.outcomes.map { $0.name })
  func everyAdviceCanBeFollowed(name: String) throws {
    let outcome = try #require(Decision.algorithm.outcome(name))
    let program = try Program()
    let step = try program(["step"] + outcome.scenario.split(separator: " ").map { String($0) }, input: "quit\n")
    #expect(step.exitCode == 0, "\(step.errors)")
    // To begin with, something else is to be done.
    if outcome.tryOut == "gradus choose" { return }
    let tried = try program.shell(outcome.tryOut.replacing("gradus", with: "$GRADUS", maxReplacements: 1))
    #expect(tried.exitCode == 0, "\(tried.errors)")
  }
}
