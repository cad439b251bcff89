import Foundation
import Notebooks

/// A page to walk through: of the program, or of one's own.
struct WalkPage {
  /// What is walked through, by the command that does it.
  enum Kind: String {
    /// Sections with exercises, read once from beginning to end; how far is kept.
    case lesson
    /// Scenes, among which one goes to and fro.
    case tour
  }

  let kind: Kind
  let sections: [Notebook.Section]
  /// Its name in sentences: `lesson 4`, `the tour of ppo`.
  let title: String
  /// The command that opens it.
  let command: String
  /// The command that opens what comes after it.
  let next: String?
  /// The name under which its progress is kept.
  let key: String
  let folder: URL?
  private let file: String

  /// - Parameters:
  ///   - argument: A file that ends in `.md`, or what names a page of the program.
  ///   - kind: How it is walked through.
  ///   - find: Finds the page of the program.
  init(_ argument: String, as kind: Kind, find: (String) throws -> BuiltInPage) throws {
    if argument.hasSuffix(".md") {
      self.init(try NotebookFile(argument), as: kind)
    } else {
      try self.init(try find(argument), as: kind)
    }
  }

  private init(_ page: BuiltInPage, as kind: Kind) throws {
    self.kind = kind
    file = "\(page.name).md"
    do throws(NotebookError) {
      sections = kind.parts(of: try page.notebook())
    } catch {
      throw CommandError(.badData, at: "\(file):\(error.line): \(error.message)")
    }
    title = page.nameInSentences
    command = "gradus \(kind.rawValue) \(page.argument)"
    next = page.next.map { "gradus \(kind.rawValue) \($0.argument)" }
    key = page.name
    folder = nil
  }

  private init(_ page: NotebookFile, as kind: Kind) {
    self.kind = kind
    file = page.path
    sections = kind.parts(of: page.notebook)
    title = (page.path as NSString).lastPathComponent
    command = "gradus \(kind.rawValue) \(page.path)"
    next = nil
    key = URL(filePath: page.path).standardizedFileURL.path
    folder = page.folder.url
  }

  /// Something wrong in the page.
  func error(_ error: NotebookError) -> CommandError {
    CommandError(.badData, at: "\(file):\(error.line): \(error.message)")
  }
}

extension WalkPage.Kind {
  fileprivate func parts(of notebook: Notebook) -> [Notebook.Section] {
    switch self {
    case .lesson: notebook.sections
    case .tour: notebook.scenes
    }
  }
}

extension BuiltInPage {
  /// The argument of the command that opens it.
  var argument: String {
    switch series {
    case .lessons: "\(number)"
    case .derivations: "d\(number)"
    case .tours, .interview: name
    }
  }

  fileprivate var nameInSentences: String {
    switch series {
    case .lessons: "lesson \(number)"
    case .derivations: "derivation \(number)"
    case .tours: "the tour of \(name)"
    case .interview: name
    }
  }
}
