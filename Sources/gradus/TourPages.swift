import Debugging
import Documents
import Notebooks
import Reporting
import WebPage

/// A built-in tour for a page, with the diagrams that its engine cannot draw.
struct TourForPage {
  let tour: PageTour
  /// The drawings by the names that the scenes use.
  private(set) var drawings: [(shape: String, svg: String)] = []

  /// Nil where there is no tour of that name.
  init?(of name: String) throws {
    guard let page = BuiltInPage.tours.first(where: { $0.name == name }) else { return nil }
    let sections: [Notebook.Section]
    do throws(NotebookError) {
      sections = try page.notebook().sections.filter { $0.title != nil }
    } catch {
      throw CommandError(.badData, "the tour of \(name), line \(error.line): \(error.message)")
    }
    var session = try Self.session()
    var drawings: [(shape: String, svg: String)] = []
    let scenes = try sections.map { section in
      PageTour.Scene(
        title: section.title ?? "",
        parts: try Self.parts(of: section.withoutTitle) { cell in
          try Self.draw(cell, in: &session, as: "tour:\(name)-\(drawings.count)", &drawings)
        })
    }
    tour = PageTour(name: name, title: page.title, scenes: scenes)
    self.drawings = drawings
  }

  private static func session() throws -> Session {
    do throws(ExpressionError) {
      return Session(source: try Session.builtIn("ppo"))
    } catch {
      throw CommandError(.usage, error.message)
    }
  }

  private static func parts(
    of section: Notebook.Section, cell: (Cell) throws -> PageTour.Cell
  ) throws -> [PageTour.Part] {
    var parts: [PageTour.Part] = []
    for (number, part) in section.parts.enumerated() {
      switch part {
      case .prose(let prose):
        let next = section.parts.dropFirst(number + 1).first
        let text = Self.text(prose, before: next)
        if !text.isEmpty { parts.append(.prose(text)) }
        if let caption = caption(in: prose), case .cell(var cell)? = parts.last(where: { $0.isCell }) {
          cell.caption = caption
          if let place = parts.lastIndex(where: { $0.isCell }) { parts[place] = .cell(cell) }
        }
      case .cell(let own) where own.language == .gradus: parts.append(.cell(try cell(own)))
      case .cell(let own): parts.append(.recorded(commands: own.commands, output: own.output ?? []))
      case .answer(let answer):
        switch answer.kind {
        case .number(let expression): parts.append(.number(expression: expression))
        case .choices(let choices): parts.append(.choices(choices.map { ($0.text, $0.condition) }))
        }
      }
    }
    return parts
  }

  /// Paragraphs without pictures, which stand elsewhere, and without choices, which are buttons.
  private static func text(_ prose: Notebook.Prose, before next: Notebook.Part?) -> String {
    var choices: [String] = []
    if case .answer(let answer)? = next { choices = answer.choices ?? [] }
    let lines = prose.lines.filter { line in
      !line.hasPrefix("![") && !(line.hasPrefix("- ") && choices.contains(String(line.dropFirst(2))))
    }
    let text = TerminalProse.text(lines, width: .max).plain
    return text.split(separator: "\n").joined(separator: "\n")
  }

  private static func caption(in prose: Notebook.Prose) -> String? {
    prose.lines.first { $0.hasPrefix("![") }.map { String($0.dropFirst(2).prefix { $0 != "]" }) }
  }

  /// A cell without the commands for pictures, which the page shows in their place.
  private static func draw(
    _ cell: Cell, in session: inout Session, as name: String, _ drawings: inout [(shape: String, svg: String)]
  ) throws -> PageTour.Cell {
    var shown = PageTour.Cell()
    for command in cell.commands where !command.isEmpty {
      let reply = session.run(command)
      if reply.isError { throw CommandError(.badData, "line \(cell.line) of a tour: \(reply.text.plain)") }
      switch reply.files.first {
      case .plot: shown.plot = command.split(separator: " ").dropFirst().first.map { String($0) }
      case .diagram(let dot, _, _):
        shown.drawing = name
        drawings.append((name, try svg(dot)))
        let what = command.split(separator: " ").dropFirst().first.map { String($0) } ?? ""
        if let narrow = Diagrams.narrowDOT(what, trace: session.trace, source: session.source, at: session.shownBeat) {
          shown.narrowDrawing = name + "-narrow"
          drawings.append((name + "-narrow", try svg(narrow)))
        }
      case .text, nil: shown.commands.append(command)
      }
    }
    return shown
  }

  private static func svg(_ dot: String) throws -> String {
    CompactSVG.text(String(decoding: try PictureFormat.svg.draw(dot), as: UTF8.self))
  }
}

extension PageTour.Part {
  fileprivate var isCell: Bool { if case .cell = self { true } else { false } }
}
