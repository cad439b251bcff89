import Foundation
import Notebooks

/// What `gradus lesson` walks through: a lesson of the course, or a page of one's own.
struct LessonPage {
  let notebook: Notebook
  /// Its name in sentences: `lesson 4`.
  let title: String
  /// The argument of `gradus lesson` that opens it.
  let argument: String
  /// The name under which its progress is kept.
  let key: String
  /// The next lesson's number.
  let next: Int?
  let folder: URL?
  private let file: String

  init(_ lesson: Lesson) throws {
    file = "\(lesson.name).md"
    do throws(NotebookError) {
      notebook = try lesson.notebook()
    } catch {
      throw CommandError(.badData, at: "\(file):\(error.line): \(error.message)")
    }
    title = "lesson \(lesson.number)"
    argument = "\(lesson.number)"
    key = lesson.name
    next = lesson.number < Lesson.all.count ? lesson.number + 1 : nil
    folder = nil
  }

  init(file page: NotebookFile) throws {
    notebook = page.notebook
    file = page.path
    title = (page.path as NSString).lastPathComponent
    argument = page.path
    key = URL(filePath: page.path).standardizedFileURL.path
    next = nil
    folder = page.folder.url
  }

  /// Something wrong in the page.
  func error(_ error: NotebookError) -> CommandError {
    CommandError(.badData, at: "\(file):\(error.line): \(error.message)")
  }
}
