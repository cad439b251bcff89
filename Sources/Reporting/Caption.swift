import Documents
import Plots
import Recording

/// What stands above a diagram.
enum Caption {
  /// A headline, and lines below it in small letters.
  static func title(_ lines: [String]) -> (name: String, value: DOTValue) {
    let rest = lines.dropFirst().filter { !$0.isEmpty }.flatMap { NumberText.lines(ofParts: $0, width: 96) }
    return (
      "label",
      .lines(
        NumberText.lines(ofParts: lines[0], width: 76).map { DOTLine($0, size: 17, bold: true) }
          + rest.map { DOTLine($0, size: 12, color: Ink.muted) }
          + [DOTLine(" ", size: 6)])
    )
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
