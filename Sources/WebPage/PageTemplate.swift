import Foundation

/// A page with places to fill.
///
/// The template is itself a page, which a browser shows during development. A place is marked by its content there, such as
/// `<title>Gradus</title>`. The template is split once: text that is put in is never searched for marks.
struct PageTemplate {
  private let pieces: [Piece]

  private enum Piece {
    case text(String)
    case place(mark: String)
  }

  /// - Throws: A ``PageError`` if a mark is missing or appears twice.
  init(_ file: PageFile, marks: [String]) throws(PageError) {
    var found: [(range: Range<String.Index>, mark: String)] = []
    for mark in marks {
      let ranges = file.text.ranges(of: mark)
      guard let range = ranges.first, ranges.count == 1 else {
        throw PageError("page/\(file.name): needs '\(mark)' once, and has it \(ranges.count) times")
      }
      found.append((range, mark))
    }
    var pieces: [Piece] = []
    var end = file.text.startIndex
    for (range, mark) in found.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      pieces += [.text(String(file.text[end..<range.lowerBound])), .place(mark: mark)]
      end = range.upperBound
    }
    self.pieces = pieces + [.text(String(file.text[end...]))]
  }

  /// The page with each mark replaced by its value.
  func filled(_ values: [String: String]) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(let mark): values[mark] ?? mark
      }
    }.joined()
  }
}
