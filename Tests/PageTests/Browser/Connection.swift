import Foundation

/// The DevTools protocol: commands that are answered, and events of the pages, which are kept.
final class Connection: @unchecked Sendable {
  /// Something that happened in a page.
  struct Event: Sendable {
    let name: String
    let details: JSON
  }

  /// How long anything may take on a machine that is busy with other tests.
  static let patience: TimeInterval = 60

  private let process: BrowserProcess
  // Guards what follows, and is signalled whenever a message has come.
  private let condition = NSCondition()
  private var lastCommand = 0
  private var awaited: Set<Int> = []
  private var answers: [Int: JSON] = [:]
  private var eventsOfPages: [String: [Event]] = [:]
  private var hasEnded = false
  private let writing = NSLock()

  init(_ process: BrowserProcess) {
    self.process = process
    let thread = Thread { self.listen() }
    thread.name = "browser"
    thread.start()
  }

  /// Sends a command and waits for its result.
  func call(
    _ command: String, _ parameters: JSON = [:], page: String? = nil, patience: TimeInterval = Connection.patience
  ) throws(BrowserError) -> JSON {
    let number = number(isAwaited: true)
    try send(command, parameters, page: page, number: number)
    let answer = try wait("an answer to \(command)", patience: patience) { answers.removeValue(forKey: number) }
    if let message = answer["error"]["message"].string { throw BrowserError("\(command): \(message)") }
    return answer["result"]
  }

  /// Sends a command whose result nobody needs.
  func tell(_ command: String, _ parameters: JSON = [:], page: String? = nil) {
    try? send(command, parameters, page: page, number: number(isAwaited: false))
  }

  /// What has happened in a page so far.
  func events(of page: String) -> [Event] { condition.withLock { eventsOfPages[page] ?? [] } }

  func forgetEvents(of page: String) { condition.withLock { eventsOfPages[page] = nil } }

  /// Waits until an event of a page fits.
  func waitForEvent(
    _ what: String, of page: String, where fits: (Event) -> Bool
  ) throws(BrowserError) {
    _ = try wait(what, patience: Self.patience) { eventsOfPages[page]?.first(where: fits) }
  }

  /// Waits until there is a value; an error when there is none in time or the browser has gone.
  private func wait<Value>(
    _ what: String, patience: TimeInterval, for value: () -> Value?
  ) throws(BrowserError) -> Value {
    let deadline = Date(timeIntervalSinceNow: patience)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value = value() { return value }
      if hasEnded { throw failure("the browser has ended; still missing: \(what)") }
      if !condition.wait(until: deadline) { throw failure("missing after \(Int(patience)) seconds: \(what)") }
    }
  }

  private func failure(_ text: String) -> BrowserError {
    let complaints = process.complaints
    return BrowserError(complaints.isEmpty ? text : text + "\nThe browser says:\n" + complaints)
  }

  private func number(isAwaited: Bool) -> Int {
    condition.withLock {
      lastCommand += 1
      if isAwaited { awaited.insert(lastCommand) }
      return lastCommand
    }
  }
}

extension Connection {
  private func send(_ command: String, _ parameters: JSON, page: String?, number: Int) throws(BrowserError) {
    var message: [String: JSON] = ["id": .number(Double(number)), "method": .string(command), "params": parameters]
    if let page { message["sessionId"] = .string(page) }
    var bytes = Array(JSON.object(message).description.utf8) + [0]
    writing.lock()
    defer { writing.unlock() }
    while !bytes.isEmpty {
      #if os(Linux)
        let count = Foundation.send(process.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      #else
        let count = Foundation.send(process.socket, bytes, bytes.count, 0)
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("the browser has gone before \(command)") }
      bytes.removeFirst(count)
    }
  }

  /// Reads messages, each of which ends with a zero, until the browser closes its end.
  private func listen() {
    var message: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(process.socket, &bytes, bytes.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      var rest = bytes[..<count]
      while let end = rest.firstIndex(of: 0) {
        message += rest[..<end]
        receive(message)
        message.removeAll(keepingCapacity: true)
        rest = rest[(end + 1)...]
      }
      message += rest
    }
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }

  private func receive(_ bytes: [UInt8]) {
    let message = (try? JSON(bytes: bytes)) ?? unreadable(bytes)
    if let event = message["method"].string {
      let page = message["sessionId"].string
      // Nothing else moves in the page until somebody answers.
      if event == "Page.javascriptDialogOpening" {
        tell(
          "Page.handleJavaScriptDialog", ["accept": .bool(message["params"]["type"].string == "beforeunload")],
          page: page)
      }
      condition.withLock {
        eventsOfPages[page ?? "", default: []].append(Event(name: event, details: message["params"]))
        condition.broadcast()
      }
    } else if let number = message["id"].integer {
      condition.withLock {
        if awaited.remove(number) != nil { answers[number] = message }
        condition.broadcast()
      }
    }
  }

  /// A page can produce strings that no Unicode text can hold; whoever asked for one is told.
  private func unreadable(_ bytes: [UInt8]) -> JSON {
    let digits = bytes.drop { $0 < UInt8(ascii: "0") || $0 > UInt8(ascii: "9") }.prefix { $0 >= 48 && $0 <= 57 }
    let number = Double(String(decoding: digits, as: UTF8.self)) ?? 0
    let start = String(decoding: bytes.prefix(200), as: UTF8.self)
    return ["id": .number(number), "error": ["message": "the answer is no JSON of Unicode text: \(start)"]]
  }
}
