import Debugging
import Documents
import Notebooks

/// Runs cells, and publishes what they print, draw, write and complain about as it comes.
struct CellRunner {
  let kernel: Kernel
  let draw: Interpreter.Drawing
  let write: Interpreter.Writing

  /// Runs a cell and publishes what it shows; returns the first thing that failed.
  func run(_ code: String, _ publish: Interpreter.Publishing) -> JupyterError? {
    var first: JupyterError?
    func fail(_ error: JupyterError) {
      first = first ?? error
      publish(Outgoing("error") { json in error.write(to: &json) })
    }
    let cell: Cell
    do throws(NotebookError) {
      cell = try Cell(jupyterSource: code)
    } catch {
      fail(JupyterError(complaint: [error.message]))
      return first
    }
    let result = kernel.run(cell) { display in
      switch display {
      case .lines(let lines): publish(.stream(lines))
      case .complaint(let lines): fail(JupyterError(complaint: lines))
      case .file(let file):
        do throws(Interpreter.FileTrouble) {
          try show(file, publish)
        } catch {
          fail(JupyterError(name: "FileError", value: error.message, traceback: [error.message]))
        }
      }
    }
    if let error = JupyterError(endOf: result) { fail(error) }
    return first
  }

  /// A picture is shown below the cell; what a command names as a file is written, too.
  private func show(_ file: FileRequest, _ publish: Interpreter.Publishing) throws(Interpreter.FileTrouble) {
    if let drawing = file.drawing {
      publish(.picture(svg: try draw(drawing).trimmingLineEnd, name: file.path))
      if !file.isNamed { return }
    }
    try write(file)
    // `gradus notebook` does not say either that a picture for the notebook's text was written.
    if file.picture == nil { publish(.stream(["wrote \(file.path.visible)"])) }
  }
}

extension FileRequest {
  /// Whether the user has said where it goes, or there is no other way to show it.
  fileprivate var isNamed: Bool {
    if case .diagram(_, _, let isNamed) = self { isNamed } else { true }
  }
}
