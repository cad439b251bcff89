import ArgumentParser
import Documents
import Foundation
import Notebooks

/// `gradus lesson`: the course, and the derivations that go with it.
struct LessonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson",
    abstract: "List lessons and derivations, or walk through one that stops at its questions.",
    usage: "gradus lesson [NUMBER|FILE] [--restart]",
    discussion: """
      At a stop, an empty line goes on, and the debugger's commands work: what you try does not change the lesson. A lesson \
      resumes where you left it. If the input ends and is not a terminal, the rest is printed at once. A Markdown file of \
      your own with cells and answers is a lesson, too.

      A derivation sets numbers of a recording beside each line of a formula's proof; they are numbered d1, d2, …

      Example:  gradus lesson 4
      """)

  @Argument(
    help: ArgumentHelp("The lesson or derivation, by its number or its name, or a file.", valueName: "NUMBER"),
    completion: .lessons)
  var lesson: String?

  @Flag(help: "Begin the lesson again.")
  var restart = false

  func run() throws {
    let progress = try LessonProgress.load()
    guard let lesson else { return try Output.write(list(progress).onTerminal) }
    let page = try WalkPage(lesson, as: .lesson, find: find)
    var dialogue = try WalkDialogue(page, progress: progress, isAnew: restart)
    try dialogue.run()
  }

  private func list(_ progress: LessonProgress) -> StyledText {
    var text = StyledText()
    for lesson in BuiltInPage.lessons { text.add(row(of: lesson, progress)) }
    text.line("Derivations, with a number beside each line", .heading)
    for derivation in BuiltInPage.derivations { text.add(row(of: derivation, progress)) }
    let next = BuiltInPage.lessons.first { progress[$0.name]?.isFinished != true }?.number ?? 1
    text.line("gradus lesson \(next) \(next == 1 ? "begins" : "goes on")", .dim)
    return text
  }

  private func row(of page: BuiltInPage, _ progress: LessonProgress) -> StyledText {
    let mark = progress[page.name].map { $0.isFinished ? "✓" : "…" } ?? " "
    var text = StyledText()
    text.add("\(mark) \(NumberText.alignedRight(page.argument, to: 2))  ", .dim)
    text.line(page.title)
    return text
  }

  /// The page of a number or a name. Where a lesson and a derivation are of one name, the lesson is meant.
  private func find(_ name: String) throws -> BuiltInPage {
    let (lessons, derivations) = (BuiltInPage.lessons, BuiltInPage.derivations)
    if let page = (lessons + derivations).first(where: { name == $0.argument }) { return page }
    if let lesson = lessons.first(where: { name == $0.name }) { return lesson }
    let found = lessons.filter { $0.subject == name }
    if found.count == 1 { return found[0] }
    if let derivation = derivations.first(where: { name == $0.name }) { return derivation }
    let names = lessons.map { $0.subject } + derivations.map { $0.name }
    let near = nearestNames(to: name, among: names, limit: 1).first
    let hint =
      near.map { "did you mean \($0)?" }
      ?? "they are numbered 1 to \(lessons.count), derivations d1 to d\(derivations.count); `gradus lesson` lists them"
    throw CommandError(.usage, "there is no lesson '\(name)'; \(hint)")
  }
}

extension BuiltInPage {
  /// A lesson's name without its number: `ratio`.
  fileprivate var subject: String { String(name.dropFirst(3)) }
}
