import Recording

/// What stands above a diagram.
enum Caption {
  /// A headline, and lines below it in small letters.
  static func title(_ lines: [String]) -> (name: String, value: DOTValue) {
    let rest = lines.dropFirst().filter { !$0.isEmpty }
    return (
      "label",
      .lines(
        [DOTLine(lines[0], size: 17, bold: true)] + rest.map { DOTLine($0, size: 12, color: Ink.muted) }
          + [DOTLine(" ", size: 6)])
    )
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
