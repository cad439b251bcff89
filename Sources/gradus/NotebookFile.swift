import Debugging
import Formats
import Foundation
import Notebooks

/// A notebook in its folder.
struct NotebookFile {
  let path: String
  let text: String
  let notebook: Notebook
  let folder: NotebookFolder

  init(_ path: String) throws {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandError(.missingInput, "there is no file '\(path)', or it cannot be read")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandError(.badData, at: "\(path): is not valid UTF-8 text")
    }
    self.path = path
    self.text = text
    folder = NotebookFolder(url: URL(filePath: path).deletingLastPathComponent())
    do throws(NotebookError) {
      notebook = try Notebook(text)
    } catch {
      throw CommandError(.badData, at: "\(path):\(error.line): \(error.message)")
    }
  }

  func run(timeout: Double) throws -> NotebookRun {
    let path = path
    let kernel = try Kernel(folder: folder.url, program: .thisProgram, limit: timeout, opening: Session.opening) {
      line in
      Output.complain("\(path):\(line): this cell still runs after \(timeout) s")
      Foundation.exit(CommandError.Kind.badData.rawValue)
    }
    return NotebookRun(notebook, on: kernel)
  }

  /// Says what is wrong; returns whether anything is.
  func report(_ problems: [NotebookRun.Problem]) -> Bool {
    for problem in problems {
      Output.complain("\(path):\(problem.line): \(problem.message)")
      for line in problem.difference { Output.complain(line) }
    }
    if problems.contains(where: { $0.isStale }) {
      Output.complain("gradus notebook update \(path) accepts the changes")
    }
    return !problems.isEmpty
  }
}
