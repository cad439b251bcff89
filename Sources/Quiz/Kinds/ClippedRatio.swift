import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The value of a ratio after clipping; at the third level it is to be found from two log-probabilities.
  static let clippedRatio = QuestionKind(
    name: "clipped-ratio", subject: "what the clip makes of a ratio",
    suits: { $0.algorithm.option(.clipLow) != nil },
    ask: { asking in
      asking.draftOfClippedToken { asking, term, isOutside in
        guard let token = ClippedToken(asking, term), token.isOutside == isOutside else { return nil }
        let (low, high) = (token.low, token.high)
        let range = "The clip range is \(plain(low)) to \(plain(high))."
        let name = "clipped_ratio[\(asking.key(term).i),\(asking.key(term).j)]"
        func draft(_ given: String, _ ratio: Double) -> Draft {
          Draft(
            paragraph("\(asking.place(term)) \(given) \(range) What is \(name), the ratio after clipping?"),
            number: asking.trace.value(term), shownGive: min(max(ratio, low), high), beat: asking.beat(term),
            asking.explain(term, and: asking.level == 3 ? [asking.beside(term, .ratio)] : []))
        }
        guard asking.level == 3 else { return draft("has ratio \(token.ratio.text).", token.ratio.value) }
        guard let logp = asking.value(beside: term, .logp), let old = asking.value(beside: term, .oldLogp) else {
          return nil
        }
        let (now, before) = (Shown(logp), Shown(old))
        return draft(
          "has log-probability \(now.text) under the policy that is trained, and had \(before.text) under the old policy.",
          Elementary.exp(now.value - before.value))
      }
    })
}

/// A token of a clipped objective, with what the clip sees.
struct ClippedToken {
  let ratio: Shown
  let advantage: Shown
  let low: Double
  let high: Double

  /// Nil where something beside the clip acts, or where four digits do not tell on which side of a border it stands.
  init?(_ asking: Asking, _ term: Int) {
    let settings = asking.settings
    guard let widths = asking.source.algorithm.clipWidths(settings), settings.optionalNumber(.dualClip) == nil,
      settings.optionalNumber(.delta) == nil
    else { return nil }
    (low, high) = (1 - widths.low, 1 + widths.high)
    guard let ratio = asking.value(beside: term, .ratio),
      let advantage = asking.value(beside: term, .advantage)
        ?? asking.value(beside: term, .advantage, asking.key(term).i, -1),
      ratio != 1, advantage.magnitude > 1e-3,
      (ratio - low).magnitude > 0.002, (ratio - high).magnitude > 0.002
    else { return nil }
    self.ratio = Shown(ratio)
    self.advantage = Shown(advantage)
  }

  var isOutside: Bool { ratio.value < low || ratio.value > high }

  /// Whether the minimum takes the clipped product, by which the gradient is cut off.
  var isCut: Bool { isOutside && (ratio.value > high) == (advantage.value > 0) }

  /// Whether it is an example for a level: a good token not below the range, a bad token, any token out of it.
  ///
  /// No level has only one possible answer, or the level would give it away.
  func suits(_ level: Int, isOutside: Bool) -> Bool {
    guard self.isOutside == isOutside else { return false }
    switch level {
    case 1: return advantage.value > 0 && ratio.value >= low
    case 2: return advantage.value < 0
    default: return true
    }
  }

  var description: String {
    "ratio \(ratio.text) and advantage \(advantage.text); the clip range is \(plain(low)) to "
      + "\(plain(high))"
  }
}

extension Asking {
  /// A draft about a token that has left the clip range: always where it is hard, else as often as not.
  ///
  /// Where the recording has no such token, one of the other sort will do, unless it is to be hard.
  mutating func draftOfClippedToken(_ make: (Asking, _ term: Int, _ isOutside: Bool) -> Draft?) -> Draft? {
    let isOutside = level == 3 || random.below(2) == 0
    if let found = draft(about: .clippedRatio, { make($0, $1, isOutside) }) { return found }
    return level == 3 ? nil : draft(about: .clippedRatio) { make($0, $1, !isOutside) }
  }
}
