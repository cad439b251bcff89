import Debugging
import Documents
import Foundation
import Notebooks

/// Where a notebook is, with its pictures and what else its cells read and write.
struct NotebookFolder {
  let url: URL

  /// A file beside the notebook, or anywhere if its path is absolute.
  func file(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : url.appending(path: path) }

  func content(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file(path).path).map { [UInt8]($0) }
  }

  static func svg(_ picture: Picture) throws -> String {
    picture.marked(String(decoding: try PictureFormat.svg.draw(picture.dot), as: UTF8.self))
  }

  /// Draws a picture beside the notebook, unless the one that is there shows the same.
  func draw(_ picture: Picture) throws {
    if picture.isCurrent(in: content(picture.path)) { return }
    try write(Array(try Self.svg(picture).utf8), to: picture.path)
  }

  /// Writes what a command has named as a file.
  func write(_ request: FileRequest) throws {
    if let picture = request.picture { return try draw(picture) }
    switch request {
    case .text(let text, let path): try write(Array(text.utf8), to: path)
    case .diagram(let dot, let path, _):
      try write((PictureFormat(fileName: path) ?? .svg).draw(dot), to: path)
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = file(path)
    try OutputFile.makeFolder(file.deletingLastPathComponent().path)
    try OutputFile.write(bytes, to: file.path)
  }
}
