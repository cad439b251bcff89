public import Documents
import Objectives
import Plots
import Recording
import Reporting
import Simulation

// What a run is about: the first thing that a session shows, and `show world`.
extension Session {
  /// What there is to see, and three things to try.
  public var greeting: StyledText {
    var text = world(examples: 2)
    text.line("Three things to try:", .heading)
    let tries = [("Enter", "stage by stage: an overview, its most telling row, and on"), firstTurn, change]
    let width = tries.map { NumberText.width($0.0) }.max() ?? 0
    for (command, what) in tries {
      text.add("  " + NumberText.alignedLeft(command, to: width) + "  ", .code)
      text.line(wrap(what, indent: width + 4))
    }
    text.line("`help` lists the commands, `where` shows the responses.", .dim)
    return text
  }

  /// Where `continue` goes first.
  private var firstTurn: (String, String) {
    for stage in trace.stages.indices {
      guard let turn = StageOverview.turn(in: stage, of: trace) else { continue }
      return ("continue", "to what is special; first \(trace.placeText(of: trace.stages[stage])): \(turn)")
    }
    return ("goto end", "what has become of it")
  }

  /// An option to play with: that of the clip, of the KL, or whatever comes first.
  private var change: (String, String) {
    let option = [Algorithm.Role.clipLow, .klWeight, .epochs].compactMap { source.algorithm.option($0) }.first {
      source.options.contains($0)
    }
    guard let option = option ?? source.options.first else {
      return ("doctor", "the known puzzles that this run shows")
    }
    return ("set \(option.name) \(another(option))", "and then diff: the same run with one thing changed")
  }

  /// Half of a number, one more pass.
  private func another(_ option: Option) -> String {
    switch option.description.kind {
    case .integer: "\(source.settings.integer(option) + 1)"
    case .number: NumberText.full(source.settings.number(option) == 0 ? 0.1 : source.settings.number(option) / 2)
    default: "VALUE"
    }
  }

  /// - Parameter limit: The most examples of each kind.
  func world(examples limit: Int) -> StyledText {
    var text = StyledText()
    text.add(source.name.visible, .heading)
    text.line(wrap(": \(source.title.visible)", indent: 2, from: source.name.visible.count))
    for (label, value) in WorldFacts(trace, source).rows(examples: limit) + [("recording", extent)] {
      text.add("  " + NumberText.alignedLeft(label, to: 16), .dim)
      text.line(wrap(value, indent: 18))
    }
    return text
  }
}
