import Formats
import Foundation
import Synchronization

/// A line on the terminal about work that takes longer than a second: `drawing diagrams, 12 of 437 … 9 s`.
///
/// It stands on standard error while the work goes on, if that is a terminal, and is wiped when the work is done.
///
/// ```swift
/// try Activity.during("drawing diagrams") { activity in
///   for (n, diagram) in diagrams.enumerated() {
///     activity.reach(n + 1, of: diagrams.count)
///     …
///   }
/// }
/// ```
struct Activity {
  /// Does some work; what it prints takes the line's place.
  static func during<R, E: Error>(_ what: String, _ work: (Activity) throws(E) -> R) throws(E) -> R {
    guard isVisible else { return try work(Activity()) }
    let outer = state.withLock { state in
      let outer = state?.text
      if outer == nil { state = State(text: what, begin: .now) } else { state?.text = what }
      return outer
    }
    if outer == nil { Thread.detachNewThread { show() } }
    defer {
      state.withLock { state in
        if let outer { state?.text = outer } else { state?.wipe() }
        if outer == nil { state = nil }
      }
    }
    return try work(Activity())
  }

  /// Says how much of the work is done.
  func reach(_ number: Int, of count: Int) {
    Self.state.withLock { $0?.place = ", \(number) of \(count)" }
  }

  /// Makes room for other output.
  static func wipe() {
    guard isVisible else { return }
    state.withLock { $0?.wipe() }
  }

  // MARK: The line

  private struct State {
    var text: String { didSet { place = "" } }
    let begin: ContinuousClock.Instant
    var place = ""
    private var shown = ""

    init(text: String, begin: ContinuousClock.Instant) { (self.text, self.begin) = (text, begin) }

    mutating func show() {
      let seconds = (ContinuousClock.now - begin).components.seconds
      guard seconds >= 1 else { return }
      let line = String("\(text)\(place)".prefix(60)) + " … \(seconds) s"
      if line != shown { Activity.write("\r\u{1b}[K" + line) }
      shown = line
    }

    mutating func wipe() {
      if !shown.isEmpty { Activity.write("\r\u{1b}[K") }
      shown = ""
    }
  }

  private static let state = Mutex<State?>(nil)

  private static let isVisible =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Draws the line again and again, until the work is done.
  private static func show() {
    while state.withLock({ state in
      state?.show()
      return state != nil
    }) {
      usleep(200_000)
    }
  }

  private static func write(_ text: String) { try? Array(text.utf8).writeAll(to: STDERR_FILENO) }
}
