import ArgumentParser
import Debugging
import Documents
import Foundation
import Reporting

/// `gradus choose`: from what one has to an algorithm.
struct ChooseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "choose",
    abstract: "Find out whether PPO, GRPO or DPO suits your data and resources, and why.",
    usage: "gradus choose [--answer question=yes|no …] [--diagram FILE]",
    discussion: """
      Asks some questions, to be answered by yes or no; without a terminal it reads the answers from standard input, \
      line by line. Answers can also be given beforehand. The questions:

      \(questions)

      Example:  gradus choose --answer ready=yes --answer score=no --diagram tree.svg
      """)

  @Option(
    name: .customLong("answer"),
    help: ArgumentHelp("Answer a question beforehand; can be repeated.", valueName: "question=yes|no"),
    completion: .list(Decision.algorithm.questions.flatMap { ["\($0.name)=yes", "\($0.name)=no"] }),
    transform: Assignment.init)
  var answers: [Assignment] = []

  @Option(
    help: ArgumentHelp(
      "Draw the tree of questions instead, as .svg, .png, .pdf or .dot; the way of the given answers is thicker.",
      valueName: "FILE"),
    completion: .file())
  var diagram: String?

  private static var questions: String {
    let width = Decision.algorithm.questions.map { $0.name.count }.max() ?? 0
    return Decision.algorithm.questions.map { question in
      let short = question.short.split(separator: "\n").joined(separator: " ")
      return "  \(NumberText.alignedLeft(question.name, to: width))  \(short)"
    }.joined(separator: "\n")
  }

  func run() throws {
    let dialogue = ChoiceDialogue(known: try known())
    if let diagram { return try draw(dialogue.way, to: diagram) }
    try converse(dialogue)
  }

  private func known() throws -> [String: Bool] {
    var known: [String: Bool] = [:]
    let names = Decision.algorithm.questions.map { $0.name }
    for answer in answers {
      guard names.contains(answer.name) else {
        let near = nearestNames(to: answer.name, among: names, limit: 1).first
        let hint = near.map { "did you mean \($0)?" } ?? "they are \(names.joined(separator: ", "))"
        throw CommandError(.usage, "there is no question '\(answer.name)'; \(hint)")
      }
      guard let value = ChoiceDialogue.answer(answer.value.lowercased()) else {
        throw CommandError(.usage, "\(answer.name) must be answered by yes or no, not \(answer.value)")
      }
      known[answer.name] = value
    }
    return known
  }

  private func draw(_ way: DecisionWay, to path: String) throws {
    guard let format = PictureFormat(fileName: path) else {
      throw CommandError(
        .usage, "\(path): the name does not tell the format; end it in .svg, .png, .pdf or .dot")
    }
    try OutputFile.write(format.draw(Decision.algorithm.dot(way: way)), to: path)
    try Output.write("wrote \(path)\n")
  }

  /// Asks until there is a conclusion; answers that do not come from a terminal are repeated.
  private func converse(_ start: ChoiceDialogue) throws {
    var dialogue = start
    let isTerminal = isatty(STDIN_FILENO) == 1
    while !dialogue.isFinished {
      try Output.write(dialogue.question.onTerminal + "yes or no? ")
      guard let line = readLine() else {
        try Output.write("\n")
        let name = dialogue.way.question?.name ?? ""
        throw CommandError(.usage, "the answers ended before the question '\(name)' was answered")
      }
      if !isTerminal { try Output.write(line + "\n") }
      if ["q", "quit", "exit"].contains(line.lowercased()) { return }
      try Output.write(dialogue.reply(line).onTerminal)
    }
    try Output.write(dialogue.conclusion.onTerminal)
  }
}
