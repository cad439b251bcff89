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
    let outer = begin(what)
    defer {
      if let outer { state.withLock { $0?.text = outer } } else { end() }
    }
    return try work(Activity())
  }

  /// The same for work that reports each of its steps itself; an empty text says that it is over.
  static func tell(_ what: String, _ number: Int, of count: Int) {
    guard isVisible else { return }
    if what.isEmpty { return end() }
    if state.withLock({ $0?.text }) != what { _ = begin(what) }
    if count > 0 { Activity().reach(number, of: count) }
  }

  /// Shows what is being done; returns what was before.
  private static func begin(_ what: String) -> String? {
    let (outer, isDrawn) = state.withLock { state in
      let outer = state?.text
      if outer == nil { state = ActivityLine(text: what, begin: .now) } else { state?.text = what }
      return (outer, hasThread.exchange(true, ordering: .sequentiallyConsistent))
    }
    if !isDrawn { Thread.detachNewThread { show() } }
    return outer
  }

  private static func end() {
    state.withLock { state in
      write(state?.wiped())
      state = nil
    }
  }

  /// Says how much of the work is done.
  func reach(_ number: Int, of count: Int) {
    Self.state.withLock { $0?.place = ", \(number) of \(count)" }
  }

  /// Makes room for other output.
  static func wipe() {
    guard isVisible else { return }
    state.withLock { write($0?.wiped()) }
  }

  // MARK: On the terminal

  private static let state = Mutex<ActivityLine?>(nil)
  /// Whether a thread draws; it ends when it finds nothing to draw.
  private static let hasThread = Atomic(false)

  private static let isVisible =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Draws the line again and again, until the work is done.
  private static func show() {
    while state.withLock({ state in
      write(state?.drawn(at: .now))
      if state == nil { hasThread.store(false, ordering: .sequentiallyConsistent) }
      return state != nil
    }) {
      usleep(200_000)
    }
  }

  private static func write(_ text: String?) {
    if let text { try? Array(text.utf8).writeAll(to: STDERR_FILENO) }
  }
}

/// What the line says, and what a terminal must be sent for it to say so.
struct ActivityLine {
  /// What is being done; another text begins without a place.
  var text: String { didSet { place = "" } }
  /// How much of it is done.
  var place = ""
  let begin: ContinuousClock.Instant
  private var shown = ""

  init(text: String, begin: ContinuousClock.Instant) { (self.text, self.begin) = (text, begin) }

  /// What brings the line up to date; nil during the first second, and where nothing has changed.
  mutating func drawn(at now: ContinuousClock.Instant) -> String? {
    let seconds = (now - begin).components.seconds
    guard seconds >= 1 else { return nil }
    let line = String("\(text)\(place)".prefix(60)) + " … \(seconds) s"
    guard line != shown else { return nil }
    shown = line
    return "\r\u{1b}[K" + line
  }

  /// What takes the line away; nil where there is none.
  mutating func wiped() -> String? {
    guard !shown.isEmpty else { return nil }
    shown = ""
    return "\r\u{1b}[K"
  }
}
