import Foundation
import Simulation
import Testing

@testable import gradus

@Suite struct QuizCommandTests {
  /// The objects that were printed, one a line.
  private func objects(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func state(_ program: Program) -> URL { program.stateFolder.appending(path: "gradus/quiz.json") }

  @Test func withoutAnswersItIsAWorksheetWithSolutions() throws {
    let program = try Program()
    let result = try program(["quiz", "dpo", "--json", "--seed", "3", "--questions", "3"])
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    let lines = try objects(result.output)
    #expect(lines.count == 6)
    for (question, solution) in [(lines[0], lines[1]), (lines[2], lines[3]), (lines[4], lines[5])] {
      #expect(question["number"] as? Int == solution["number"] as? Int)
      #expect(question["question"] is String)
      #expect(question["source"] as? String == "dpo")
      #expect(question["beat"] is Int)
      #expect((question["set"] as? [String])?.allSatisfy { $0.contains("=") } == true)
      #expect(solution["given"] is NSNull)
      #expect(solution["correct"] is NSNull)
      #expect(solution["answer"] is NSNumber || solution["answer"] is String)
      #expect((solution["explanation"] as? String)?.isEmpty == false)
    }
    #expect(lines.compactMap { $0["level"] as? Int } == [1, 2, 3])
    #expect(try program(["quiz", "dpo", "--json", "--seed", "3", "--questions", "3"]).output == result.output)
    #expect(!FileManager.default.fileExists(atPath: state(program).path))
  }

  @Test func answersAreCheckedAndCounted() throws {
    let program = try Program()
    let arguments = ["quiz", "reward-model", "--json", "--seed", "8", "--questions", "2"]
    let answer = try #require(try objects(program(arguments).output)[1]["answer"])
    let result = try program(arguments, input: "\(answer)\n-12345\n")
    let lines = try objects(result.output)
    #expect(lines[1]["correct"] as? Bool == true)
    #expect(lines[1]["given"] as? String == "\(answer)")
    #expect((lines[1]["score"] as? [String: Int]) == ["right": 1, "answered": 1])
    // To a question with choices that is no answer.
    let isChoice = lines[2]["choices"] != nil
    #expect(lines[3]["correct"] as? Bool == (isChoice ? nil : false))
    #expect((lines[3]["problem"] != nil) == isChoice)
    let kept = try String(contentsOf: state(program), encoding: .utf8)
    #expect(kept.contains("\"format\": \"gradus.quiz/1\""))
  }

  @Test func withoutATerminalItReadsLineByLineAndSumsUp() throws {
    let program = try Program()
    let arguments = ["quiz", "sft", "--seed", "6", "--questions", "4"]
    let first = try program(arguments, input: "help\nwhy\nskip\nperhaps\n-77\nskip\n77\n")
    #expect(first.exitCode == 0)
    #expect(first.errors == "")
    #expect(first.output.hasPrefix("Quiz: sft, 4 questions\n"))
    #expect(first.output.contains("answer> skip\nskipped; the answer: "))
    #expect(first.output.contains("There was no question before this one."))
    #expect(first.output.contains("«perhaps» is not a number") || first.output.contains("answer with 1 to 4"))
    // The input ended before the last question was answered: its solution follows, and what was answered is summed up.
    #expect(first.output.contains("answer> \n\nSolutions\n"))
  }

  @Test func whereNobodyAnswersItIsAWorksheet() throws {
    let sheet = try Program()(["quiz", "grpo", "--seed", "3", "--questions", "6"]).output
    for number in 1...6 { #expect(sheet.contains("\n\(number) of 6  ")) }
    let solutions = try #require(sheet.components(separatedBy: "\nSolutions\n").last)
    for number in 1...6 { #expect(solutions.contains("\n\(number)  ")) }
    #expect(!sheet.contains("Nothing was answered"))
  }

  @Test func theScoreIsKeptBetweenRunsAndDoesNotChangeTheQuestions() throws {
    let program = try Program()
    let arguments = ["quiz", "reward-model", "--seed", "8", "--questions", "1"]
    let answer = try #require(try objects(program(arguments + ["--json"]).output)[1]["answer"])
    let first = try program(arguments, input: "\(answer)\n").output
    let second = try program(arguments, input: "\(answer)\n").output
    #expect(first.hasSuffix("In all quizzes so far: 1 of 1.\n"))
    #expect(second.hasSuffix("In all quizzes so far: 2 of 2.\n"))
    #expect(first.dropLast(8) == second.dropLast(8))
  }

  @Test func aDamagedScoreIsToldAndLeftAsItIs() throws {
    let program = try Program()
    let file = state(program)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("{\"format\": \"gradus.quiz/1\", \"kinds\": []}".utf8).write(to: file)
    let arguments = ["quiz", "reward-model", "--seed", "8", "--questions", "1"]
    let answer = try #require(try objects(program(arguments + ["--json"]).output)[1]["answer"])
    let result = try program(arguments, input: "\(answer)\n")
    #expect(result.exitCode == 0)
    #expect(result.errors.hasPrefix("\(file.path):1:38: "))
    #expect(result.errors.hasSuffix("; nothing is kept until this is fixed or the file is removed\n"))
    #expect(result.output.contains("1 of 1 right"))
    #expect(try String(contentsOf: file, encoding: .utf8) == "{\"format\": \"gradus.quiz/1\", \"kinds\": []}")
  }

  @Test(arguments: [
    (["quiz", "grop"], "Error: there are no questions about 'grop'; did you mean grpo?\n"),
    (
      ["quiz", "xyzzy"],
      "Error: there are no questions about 'xyzzy'; they are "
        + Scenario.builtIn.map(\.name).joined(separator: ", ") + "\n"
    ),
  ])
  func anUnknownAlgorithmIsTold(arguments: [String], message: String) throws {
    let result = try Program()(arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors == message)
    #expect(result.output == "")
  }

  @Test(arguments: [
    ["--seed", "x"], ["--seed", "-1"], ["--questions", "0"], ["--questions", "1001"], ["--questions", "many"],
  ])
  func aBadNumberIsToldWithItsOption(arguments: [String]) throws {
    let result = try Program()(["quiz", "ppo"] + arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(arguments[0]))
    #expect(result.output == "")
  }

  @Test(arguments: [
    (["XDG_STATE_HOME": "/state", "HOME": "/home/ada"], "/state/gradus/quiz.json"),
    (["XDG_STATE_HOME": "state", "HOME": "/home/ada"], "/home/ada/.local/state/gradus/quiz.json"),
    (["HOME": "ada"], nil), ([:], nil),
  ])
  func stateIsKeptWhereXDGSays(environment: [String: String], path: String?) {
    #expect(StateFolder.file("quiz.json", environment: environment) == path)
  }
}
