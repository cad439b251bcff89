import ArgumentParser
import Documents
import Notebooks

/// `gradus tour`: an algorithm, scene by scene.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: "Be shown through an algorithm in about a dozen scenes, or list the tours.",
    usage: "gradus tour [NAME|FILE]",
    discussion: """
      Enter goes on, b goes back a scene, a number goes to that scene. The debugger's commands work at every scene: what you \
      try does not change the tour. If the input ends and is not a terminal, the rest is printed at once. A Markdown file of \
      your own is a tour, too: each heading of the second level begins a scene.

      Example:  gradus tour ppo
      """)

  @Argument(
    help: ArgumentHelp("The tour: a scenario's name, or a file.", valueName: "NAME"),
    completion: .tours)
  var tour: String?

  func run() throws {
    guard let tour else { return try Output.write(list.onTerminal) }
    let page = try WalkPage(tour, as: .tour, find: find)
    var dialogue = try WalkDialogue(page)
    try dialogue.run()
  }

  private var list: StyledText {
    let tours = BuiltInPage.tours
    let width = tours.map { NumberText.width($0.name) }.max() ?? 0
    var text = StyledText()
    for tour in tours {
      text.add(NumberText.alignedLeft(tour.name, to: width) + "  ", .code)
      text.line(tour.title)
    }
    if let first = tours.first { text.line("gradus tour \(first.name) begins", .dim) }
    return text
  }

  private func find(_ name: String) throws -> BuiltInPage {
    if let tour = BuiltInPage.tours.first(where: { $0.name == name }) { return tour }
    let names = BuiltInPage.tours.map { $0.name }
    let hint =
      nearestNames(to: name, among: names, limit: 1).first.map { "did you mean \($0)?" }
      ?? "there are \(names.joined(separator: ", "))"
    throw CommandError(.usage, "there is no tour '\(name)'; \(hint)")
  }
}
