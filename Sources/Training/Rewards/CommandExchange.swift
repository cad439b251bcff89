import Documents
import Foundation

/// One batch’s exchange with a command: lines out, as many numbers back.
///
/// It writes and reads in turn as the pipes allow, so that a full pipe never makes both sides wait for each other.
struct CommandExchange {
  private let child: ChildProcess
  private let request: [UInt8]
  private let count: Int
  private let isFirst: Bool
  private var sent = 0
  private var line: [UInt8] = []
  private var hasEnded = false
  private(set) var numbers: [Double?] = []

  init(child: ChildProcess, request: [UInt8], count: Int, isFirst: Bool) {
    self.child = child
    self.request = request
    self.count = count
    self.isFirst = isFirst
  }

  private var isDone: Bool { numbers.count == count && line.isEmpty && (sent == request.count || hasEnded) }

  /// Goes on until every completion has its number; throws what the command did wrong.
  mutating func run(timeout: Double, complaints: inout Complaints) throws(CommandFailure) {
    let deadline = ContinuousClock.now + .seconds(timeout)
    try refuseLateOutput()
    while !isDone {
      let left = deadline - .now
      if left <= .zero { throw .tooSlow(given: numbers.count) }
      let ready = wait(milliseconds: left < .milliseconds(50) ? 1 : 50, listeningToErrors: complaints.isOpen)
      complaints.collect(from: child)
      if ready.output { try receive() }
      if ready.input { send() }
      if hasEnded && !isDone { throw .ended(given: numbers.count) }
      if !ready.output && child.hasExited { try finish() }
    }
    // An extra line that follows at once is reported now, not only in the next batch.
    try receive()
  }

  /// Reads the rest of the output after the command has ended, even if a child of it holds the pipe open.
  private mutating func finish() throws(CommandFailure) {
    while case .done(let bytes) = PipeBytes.read(child.output) { try take(bytes) }
    try end()
    if !isDone { throw .ended(given: numbers.count) }
  }

  /// Output since the previous batch belongs to that one. In the first batch it is judged like any other line.
  private func refuseLateOutput() throws(CommandFailure) {
    if !isFirst, case .done = PipeBytes.read(child.output) { throw .tooMany }
  }

  private func wait(milliseconds: Int32, listeningToErrors: Bool) -> (input: Bool, output: Bool) {
    // A negative descriptor is passed over.
    var waiting = [
      pollfd(fd: sent < request.count ? child.input : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: child.output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: listeningToErrors ? child.errors : -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return (false, false) }
    return (waiting[0].revents != 0, waiting[1].revents != 0)
  }

  private mutating func send() {
    switch PipeBytes.write(request[sent...].prefix(65_536), to: child.input) {
    case .done(let written): sent += written
    case .later: break
    // The command reads no further, but may still answer.
    case .ended: sent = request.count
    }
  }

  private mutating func receive() throws(CommandFailure) {
    switch PipeBytes.read(child.output) {
    case .done(let bytes): try take(bytes)
    case .later: break
    case .ended: try end()
    }
  }

  private mutating func end() throws(CommandFailure) {
    hasEnded = true
    if !line.isEmpty { try take([UInt8(ascii: "\n")]) }
  }

  private mutating func take(_ bytes: [UInt8]) throws(CommandFailure) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        try takeLine()
      } else {
        line.append(byte)
        if line.count > 1_000 { throw .notANumber(shortened(line), line: numbers.count + 1) }
      }
    }
  }

  private mutating func takeLine() throws(CommandFailure) {
    if numbers.count == count { throw .tooMany }
    let text = RewardText.trimmed(String(decoding: line, as: UTF8.self))
    if text == "null" || text == "None" {
      numbers.append(nil)
    } else {
      guard let number = NumberText.parse(text), number.isFinite else {
        throw .notANumber(shortened(line), line: numbers.count + 1)
      }
      numbers.append(number)
    }
    line = []
  }

  private func shortened(_ line: [UInt8]) -> String {
    let text = String(decoding: line.prefix(200), as: UTF8.self)
    let visible = text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } ? $0 : "\u{fffd}" }
    return visible.count <= 40 && line.count <= 200 ? String(visible) : String(visible.prefix(39)) + "…"
  }
}

/// What a command did wrong.
enum CommandFailure: Error, Equatable {
  case ended(given: Int)
  case tooSlow(given: Int)
  case tooMany
  case notANumber(String, line: Int)
}

/// The last words of a command on its standard error.
struct Complaints: Sendable {
  private(set) var isOpen = true
  private var bytes: [UInt8] = []

  /// Takes the available output; of a flood only the end is kept.
  mutating func collect(from child: ChildProcess) {
    for _ in 0..<16 where isOpen {
      switch PipeBytes.read(child.errors) {
      case .done(let more): bytes = Array((bytes + more).suffix(4_096))
      case .later: return
      case .ended: isOpen = false
      }
    }
  }

  /// The last five lines.
  var lastLines: [String] {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(5).map { String($0.suffix(200)) }
  }
}
