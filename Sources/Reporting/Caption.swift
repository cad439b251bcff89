import Documents
import Plots
import Recording

/// What stands above a diagram.
enum Caption {
  /// A headline, and lines below it in small letters.
  static func title(_ lines: [String]) -> (name: String, value: DOTValue) {
    let rest = lines.dropFirst().filter { !$0.isEmpty }.flatMap { wrapped($0, limit: 96) }
    return (
      "label",
      .lines(
        wrapped(lines[0], limit: 76).map { DOTLine($0, size: 17, bold: true) }
          + rest.map { DOTLine($0, size: 12, color: Ink.muted) }
          + [DOTLine(" ", size: 6)])
    )
  }

  /// A text in lines of at most so many characters: broken between its parts, which ` · ` separates, or else between words.
  static func wrapped(_ text: String, limit: Int) -> [String] {
    var lines: [String] = []
    for part in parts(of: text) where !part.isEmpty {
      if let last = lines.last, last.count + 3 + part.count <= limit {
        lines[lines.count - 1] = last + " · " + part
      } else {
        lines += NumberText.lines(part, width: limit)
      }
    }
    return lines
  }

  private static func parts(of text: String) -> [String] {
    var parts = [""]
    for word in text.split(separator: " ") {
      if word == "·" {
        parts.append("")
      } else {
        parts[parts.count - 1] += (parts[parts.count - 1].isEmpty ? "" : " ") + word
      }
    }
    return parts
  }

  /// A term's name in lines: a long one is broken before its indices, or after a comma.
  static func nameLines(_ name: String, limit: Int = 30) -> [String] {
    guard name.count > limit else { return [name] }
    var lines = [""]
    for character in name {
      if character == "[" || lines[lines.count - 1].count >= limit { lines.append("") }
      lines[lines.count - 1].append(character)
    }
    return lines
  }

  /// `iteration 0, epoch 1, minibatch 0`, as far as a beat is in these loops.
  static func position(of beat: Int, in trace: Trace) -> String {
    let loops = trace.stage(ofBeat: beat).loops
    let names = [("iteration", loops.iteration), ("epoch", loops.epoch), ("minibatch", loops.minibatch)]
    return names.compactMap { name, number in number.map { "\(name) \($0)" } }.joined(separator: ", ")
  }

  /// `1 more sequence`, `5 more sequences`.
  static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) " + (number == 1 ? noun : plural ?? noun + "s")
  }
}
