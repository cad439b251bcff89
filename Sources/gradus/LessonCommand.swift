import ArgumentParser
import Documents
import Foundation
import Notebooks

/// `gradus lesson`: the course.
struct LessonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson",
    abstract: "List the lessons, or walk through one that stops at its questions.",
    usage: "gradus lesson [NUMBER|FILE] [--restart]",
    discussion: """
      At a stop, an empty line goes on, and the debugger's commands work: what you try does not change the lesson. A lesson \
      resumes where you left it. If the input ends and is not a terminal, the rest is printed at once. A Markdown file of \
      your own with cells and answers is a lesson, too.

      Example:  gradus lesson 4
      """)

  @Argument(
    help: ArgumentHelp("The lesson, by its number or its name, or a file.", valueName: "NUMBER"),
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
    for lesson in BuiltInPage.lessons {
      let mark = progress[lesson.name].map { $0.isFinished ? "✓" : "…" } ?? " "
      text.add("\(mark) \(NumberText.alignedRight("\(lesson.number)", to: 2))  ", .dim)
      text.line(lesson.title)
    }
    let next = BuiltInPage.lessons.first { progress[$0.name]?.isFinished != true }?.number ?? 1
    text.line("gradus lesson \(next) \(next == 1 ? "begins" : "goes on")", .dim)
    return text
  }

  private func find(_ name: String) throws -> BuiltInPage {
    let lessons = BuiltInPage.lessons
    if let lesson = lessons.first(where: { name == "\($0.number)" || name == $0.name }) { return lesson }
    let found = lessons.filter { $0.name.dropFirst(3) == name }
    if found.count == 1 { return found[0] }
    let near = nearestNames(to: name, among: lessons.map { String($0.name.dropFirst(3)) }, limit: 1).first
    let hint =
      near.map { "did you mean \($0)?" } ?? "they are numbered 1 to \(lessons.count); `gradus lesson` lists them"
    throw CommandError(.usage, "there is no lesson '\(name)'; \(hint)")
  }
}
