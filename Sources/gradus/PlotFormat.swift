import Foundation
import Plots

/// The format of a plot.
enum PlotFormat: String, CaseIterable {
  case svg, png, pdf, text

  /// The format by the ending of a file's name; that of text is `.txt`.
  init?(fileName: String) {
    let ending = URL(filePath: fileName).pathExtension.lowercased()
    self.init(rawValue: ending == "txt" ? "text" : ending)
  }

  /// The file's bytes: SVG and text are the plot's own, Graphviz draws the rest, which brings cairo and fonts with it.
  func draw(_ plot: Plot) throws -> [UInt8] {
    switch self {
    case .svg: Array(plot.svg.utf8)
    case .text: Array(plot.text().utf8)
    case .png: try PictureFormat.png.draw(plot.dot)
    case .pdf: try PictureFormat.pdf.draw(plot.dot)
    }
  }
}
