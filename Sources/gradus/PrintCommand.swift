import ArgumentParser
import Documents
import Recording
import Simulation

/// `gradus print`: numbers of a run, for people and for scripts.
struct PrintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Print terms and expressions; without any, the losses and metrics.",
    usage: """
      gradus print SOURCE [EXPR … | -] [--set option=value …] [--preset name]
                   [--at position] [--json]
      """,
    discussion: """
      Example:  gradus print ppo loss 'mean(ratio[0,*])' --at 1/0/1
      Put -- before an expression that begins with a minus sign.
      JSON has neither NaN nor infinities: with --json they are null, and a key
      not_finite says which of them each is.
      """)

  @OptionGroup var options: SourceOptions

  @Argument(
    help: ArgumentHelp(
      "What to print; - reads it from standard input, as the keys of a JSON object, a JSON list or lines.",
      valueName: "EXPR"),
    completion: .terms)
  var expressions: [String] = []

  @OptionGroup var position: PositionOption

  @Flag(help: "Print one JSON object, from expression to number, with all digits.")
  var json = false

  func run() throws {
    let questions = try expressions.flatMap { $0 == "-" ? try Question.readStandardInput() : [Question($0)] }
    let trace = try options.load().recorded()
    let beat = try position.beat(in: trace)
    let answers =
      expressions.isEmpty
      ? trace.summary(at: beat)
      : try questions.map { try $0.answer(in: trace, at: beat, allowingNull: json) }
    try Output.write(json ? Answer.json(answers) + "\n" : Answer.text(answers))
    if !expressions.isEmpty {
      for exception in Answer.notFinite(answers).prefix(8) {
        Output.complain("\(exception.name) is \(NumberText.full(exception.value)), not a finite number")
      }
    }
  }
}
