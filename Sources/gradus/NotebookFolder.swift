import Debugging
import Documents
import Foundation
import Notebooks

/// A notebook's folder, with its pictures and the files that its cells read and write.
struct NotebookFolder {
  let url: URL

  /// A file beside the notebook, or anywhere if its path is absolute.
  func file(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : url.appending(path: path) }

  func content(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file(path).path).map { [UInt8]($0) }
  }

  static func svg(_ picture: Picture) throws -> String {
    switch picture.content {
    case .diagram(let dot): picture.marked(String(decoding: try PictureFormat.svg.draw(dot), as: UTF8.self))
    case .plot(let svg): picture.marked(svg)
    }
  }

  /// Draws a picture beside the notebook, unless the one there shows the same.
  func draw(_ picture: Picture) throws {
    if picture.isCurrent(in: content(picture.path)) { return }
    try write(Array(try Self.svg(picture).utf8), to: picture.path)
  }

  /// Writes a file that a command named.
  func write(_ request: FileRequest) throws {
    if let picture = request.picture { return try draw(picture) }
    try write(request.bytes(), to: request.path)
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = file(path)
    try OutputFile.makeFolder(file.deletingLastPathComponent().path)
    try OutputFile.write(bytes, to: file.path)
  }
}
