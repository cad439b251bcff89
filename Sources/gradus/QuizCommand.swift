import ArgumentParser
import Documents
import Foundation
import Quiz
import Simulation

/// `gradus quiz`: questions made from recordings.
struct QuizCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quiz",
    abstract: "Answer questions about ratios, clips, advantages, KL and bugs, made from recordings.",
    usage: "gradus quiz [ALGORITHM | --interview] [--seed number] [--json]",
    discussion: """
      A number may be rounded to two digits or more, and a choice is given by its number or its words. After a wrong \
      answer, the recording explains itself. A right answer makes the next question harder, a wrong one easier. The seed \
      and the answers decide which questions come.

      Without a terminal it reads the answers from standard input, line by line; where that ends, the other questions are \
      printed, and then their solutions: a worksheet. With --json each question and each result is an object on a line \
      of its own.

      --interview asks open questions and shows a model answer to each, with the trace that backs it.

      Example:  gradus quiz ppo
      Example:  gradus quiz grpo --seed 3 < /dev/null > worksheet.txt
      """)

  @Argument(
    help: ArgumentHelp("The built-in scenario to ask about; without one all are mixed.", valueName: "ALGORITHM"),
    completion: .scenarios)
  var algorithm: String?

  @Option(help: ArgumentHelp("Repeats the questions of an earlier quiz.", valueName: "number"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("How many questions to ask.", valueName: "number"))
  var questions = 10

  @Flag(help: "Print one JSON object per line: question, result, question, …")
  var json = false

  @Flag(help: "Ask open questions instead, as an interviewer does.")
  var interview = false

  func validate() throws {
    if interview, json || algorithm != nil {
      throw ValidationError("--interview goes with neither an algorithm nor --json")
    }
    if !(1...1000).contains(questions) { throw ValidationError("--questions must be from 1 to 1000") }
  }

  func run() throws {
    // Short enough to be typed again.
    let seed = seed ?? UInt64.random(in: 1...999_999)
    if interview { return try InterviewDialogue(seed: seed).run(questions) }
    let quiz = AdaptiveQuiz(on: try scenario(), seed: seed)
    if json {
      var sheet = QuizSheet(quiz: quiz)
      try sheet.run(questions)
    } else {
      var dialogue = QuizDialogue(quiz: quiz, name: algorithm)
      try dialogue.run(questions)
    }
  }

  private func scenario() throws -> Scenario? {
    guard let algorithm else { return nil }
    if let scenario = Scenario.builtIn.first(where: { $0.name == algorithm }) { return scenario }
    let names = Scenario.builtIn.map { $0.name }
    let near = nearestNames(to: algorithm, among: names)
    let hint =
      near.isEmpty ? "they are \(names.joined(separator: ", "))" : "did you mean \(near.joined(separator: ", "))?"
    throw CommandError(.usage, "there are no questions about '\(algorithm)'; \(hint)")
  }
}
