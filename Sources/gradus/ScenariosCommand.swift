import ArgumentParser
import Documents
import Reporting
import Simulation

/// `gradus scenarios`: what there is to step through.
struct ScenariosCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenarios",
    abstract: "List the built-in scenarios, or print one as YAML to edit.",
    usage: "gradus scenarios [NAME]",
    discussion: "Example:  gradus scenarios ppo > mine.yaml && gradus step mine.yaml")

  @Argument(help: ArgumentHelp("The scenario to print.", valueName: "NAME"), completion: .scenarios)
  var name: String?

  func run() throws {
    guard let name else { return try Output.write(Self.list) }
    guard let scenario = Scenario.builtIn.first(where: { $0.name == name }) else { throw Self.unknown(name) }
    try Output.write(ScenarioYAML.text(scenario))
  }

  private static var list: String {
    let width = Scenario.builtIn.map { $0.name.count }.max() ?? 0
    return Scenario.builtIn.map { "\(NumberText.alignedLeft($0.name, to: width))  \($0.title)\n" }.joined()
  }

  private static func unknown(_ name: String) -> CommandError {
    let names = Scenario.builtIn.map { $0.name }
    let near = nearestNames(to: name, among: names, limit: 1).first
    let hint = near.map { "did you mean \($0)?" } ?? "they are \(names.joined(separator: ", "))"
    return CommandError(.missingInput, "there is no built-in scenario '\(name)'; \(hint)")
  }
}
