import Foundation
import Graphviz

/// The format of a diagram: a picture, or the text that Graphviz would draw.
enum PictureFormat: String, CaseIterable {
  case svg, png, pdf, dot

  /// The format by the ending of a file's name.
  init?(fileName: String) { self.init(rawValue: URL(filePath: fileName).pathExtension.lowercased()) }

  /// The file's bytes.
  func draw(_ dot: String) throws -> [UInt8] {
    guard let format = DiagramFormat(rawValue: rawValue) else { return Array(dot.utf8) }
    do throws(DiagramError) {
      return try DiagramRenderer.render(dot: dot, as: format)
    } catch {
      throw CommandError(.badData, "Graphviz cannot draw the diagram: \(error.message)")
    }
  }
}
