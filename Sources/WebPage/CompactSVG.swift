import Foundation

/// Halves the size of Graphviz's drawings, of which a page holds a hundred.
///
/// Comments and titles, whose names a page does not use, are dropped. Coordinates are rounded to a tenth of a point, and a
/// rounded box is written by its measures, which its neighbours share, instead of by 25 points.
public enum CompactSVG {
  public static func text(_ svg: String) -> String {
    var isNode = false
    var lines: [String] = []
    for line in svg.components(separatedBy: "\n") {
      if line.hasPrefix("<!--") && line.hasSuffix("-->") { continue }
      if line.hasPrefix("<title>") && line.hasSuffix("</title>") { continue }
      if line.hasPrefix("<g ") { isNode = line.contains("class=\"node\"") }
      lines.append(compact(line, isNode: isNode))
    }
    return lines.joined(separator: "\n")
  }

  private static func compact(_ line: String, isNode: Bool) -> String {
    if line.hasPrefix("<path ") {
      return replacing("d", in: line) { path in isNode ? box(path) ?? rounded(path) : rounded(path) }
    }
    return line.hasPrefix("<polygon ") ? replacing("points", in: line, by: rounded) : line
  }

  private static func replacing(_ attribute: String, in line: String, by change: (String) -> String) -> String {
    guard let start = line.range(of: " \(attribute)=\""),
      let end = line.range(of: "\"", range: start.upperBound..<line.endIndex)
    else { return line }
    return line[..<start.upperBound] + change(String(line[start.upperBound..<end.lowerBound])) + line[end.lowerBound...]
  }

  /// A path with every number rounded.
  private static func rounded(_ path: String) -> String {
    var result = ""
    var number = ""
    for character in path.unicodeScalars {
      if "0123456789.-".unicodeScalars.contains(character) {
        number.unicodeScalars.append(character)
      } else {
        result += number.isEmpty ? "" : Double(number).map(tenths) ?? number
        result.unicodeScalars.append(character)
        number = ""
      }
    }
    return result + (number.isEmpty ? "" : Double(number).map(tenths) ?? number)
  }

  /// A box that Graphviz drew as a move and eight curves, starting at its top right corner; nil for any other path.
  private static func box(_ path: String) -> String? {
    guard path.hasPrefix("M") else { return nil }
    let numbers = path.dropFirst().split(whereSeparator: { ", C".contains($0) }).map { Double($0) }
    guard numbers.count == 50, !numbers.contains(nil) else { return nil }
    let xs = stride(from: 0, to: 50, by: 2).compactMap { numbers[$0] }
    let ys = stride(from: 1, to: 50, by: 2).compactMap { numbers[$0] }
    guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() else { return nil }
    let radius = right - xs[0]
    let (width, height) = (right - left - 2 * radius, bottom - top - 2 * radius)
    guard radius > 0, ys[0] == top, width >= 0, height >= 0 else { return nil }
    let (r, w, h) = (tenths(radius), tenths(width), tenths(height))
    return "M\(tenths(left)),\(tenths(top + radius))v\(h)q0,\(r) \(r),\(r)h\(w)q\(r),0 \(r),-\(r)"
      + "v-\(h)q0,-\(r) -\(r),-\(r)h-\(w)q-\(r),0 -\(r),\(r)z"
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + "\(whole)" + (rest == 0 ? "" : ".\(rest)")
  }
}
