import Documents
import Foundation

/// How far a run is, in one line: drawn over itself on a terminal, printed now and then elsewhere.
public struct ProgressBar {
  /// What there is to say at a step.
  public struct State: Equatable, Sendable {
    public var title: String
    public var step: Int
    public var total: Int
    /// The two or three numbers that matter, the most important one first.
    public var numbers: [MetricValue]
    public var tokensPerSecond: Double?
    public var secondsLeft: Double?

    public init(
      title: String, step: Int, total: Int, numbers: [MetricValue], tokensPerSecond: Double? = nil,
      secondsLeft: Double? = nil
    ) {
      self.title = title
      self.step = step
      self.total = total
      self.numbers = numbers
      self.tokensPerSecond = tokensPerSecond
      self.secondsLeft = secondsLeft
    }
  }

  private let descriptor: Int32
  private let isTerminal: Bool
  private let isColoured: Bool
  private let interval: Int
  private var isDrawn = false

  /// Draws to standard error.
  ///
  /// - Parameter interval: Steps between two lines where there is no terminal.
  public init(every interval: Int) {
    self.init(descriptor: STDERR_FILENO, every: interval, environment: ProcessInfo.processInfo.environment)
  }

  init(descriptor: Int32, every interval: Int, environment: [String: String]) {
    self.descriptor = descriptor
    self.interval = max(1, interval)
    isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
    isColoured = environment["NO_COLOR", default: ""].isEmpty
  }

  /// Shows the state after a step.
  public mutating func show(_ state: State) {
    if isTerminal {
      let text = Self.text(state, width: min(80, columns - 1))
      write("\r\u{1b}[K" + (isColoured ? Self.coloured(text) : text))
      isDrawn = true
    } else if state.step % interval == 0 || state.step == state.total || state.step == 1 {
      write(Self.line(state) + "\n")
    }
  }

  /// Prints a line above the bar: that a checkpoint was saved, say.
  public mutating func say(_ line: String) {
    write((isDrawn ? "\r\u{1b}[K" : "") + line + "\n")
    isDrawn = false
  }

  /// Leaves the last state where it stands.
  public mutating func finish() {
    if isDrawn { write("\n") }
    isDrawn = false
  }

  private var columns: Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Nobody is left to be told if this fails, and training goes on.
  private func write(_ text: String) { try? RunFile.append(Array(text.utf8), to: descriptor, "the terminal") }

  private static func coloured(_ text: String) -> String {
    guard let first = text.firstIndex(of: "━"), let last = text.lastIndex(of: "━") else { return text }
    return text[..<first] + "\u{1b}[34m" + text[first...last] + "\u{1b}[0m" + text[text.index(after: last)...]
  }
}

extension ProgressBar {
  /// The line for a terminal of so many columns: parts go, the least important first, until it fits.
  ///
  ///     grpo  step 120/500  ━╌╌╌╌╌  24%  reward 0.620  kl 0.0130  31,200 tok/s  1:42 left
  public static func text(_ state: State, width: Int) -> String {
    let start = [state.title, "step \(state.step)/\(state.total)"].filter { !$0.isEmpty }
    let percent = "\(state.total > 0 ? min(100, 100 * state.step / state.total) : 100)%"
    let numbers = state.numbers.map { "\($0.name) \(short($0.value))" }
    let left = state.secondsLeft.map { "\(time($0)) left" }
    let rate = state.tokensPerSecond.map { "\(grouped($0)) tok/s" }
    // Each way to say less, until nothing but the count is left.
    var variants = [numbers + [rate, left].compactMap(\.self), numbers + [left].compactMap(\.self)]
    for count in (0...numbers.count).reversed() { variants.append(Array(numbers.prefix(count))) }
    for end in variants {
      let room = width - (start + [percent] + end).reduce(0) { $0 + $1.count + 2 }
      if room >= 5 { return (start + [bar(state, width: min(24, room)), percent] + end).joined(separator: "  ") }
    }
    for parts in [start + [percent], [start[start.count - 1]], [percent]] {
      let text = parts.joined(separator: "  ")
      if text.count <= width { return text }
    }
    return ""
  }

  /// The line where there is no terminal.
  public static func line(_ state: State) -> String {
    let numbers = state.numbers.map { "\($0.name) \(short($0.value))" }
    let rate = state.tokensPerSecond.map { "\(grouped($0)) tok/s" }
    let left = state.secondsLeft.map { "\(time($0)) left" }
    return ([state.title, "step \(state.step)/\(state.total)"] + numbers + [rate, left].compactMap(\.self))
      .filter { !$0.isEmpty }.joined(separator: "  ")
  }

  private static func bar(_ state: State, width: Int) -> String {
    let done = state.total > 0 ? min(width, width * state.step / state.total) : width
    return String(repeating: "━", count: done) + String(repeating: "╌", count: width - done)
  }

  /// Three significant digits, without zeros at the end of a fraction.
  private static func short(_ x: Double) -> String { NumberText.short(x, digits: 3) }

  /// `31,200`
  static func grouped(_ x: Double) -> String {
    guard x.isFinite, x >= 0, x < 1e15 else { return "–" }
    var digits = Array(String(Int(x.rounded())))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }

  /// `1:42`, `2:05:00`, or days from the fourth on.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    let all = Int(seconds.rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    if all >= 3 * 86400 { return "\(all / 86400) d" }
    if all >= 3600 { return "\(all / 3600):\(two(all / 60 % 60)):\(two(all % 60))" }
    return "\(all / 60):\(two(all % 60))"
  }
}
