import Foundation

/// A Firefox without a window, and the connection to its driver, Marionette: commands with a length before them, one after the
/// other.
final class Marionette: @unchecked Sendable {
  private let process = Process()
  private let folder: URL
  private var socket: Int32 = -1
  private var number = 0
  /// The window that commands go to.
  private var window = ""
  /// The window that stays, since others are opened from it.
  private var first = ""
  private let lock = NSRecursiveLock()

  private static let started: Result<Marionette, BrowserError> = {
    do throws(BrowserError) {
      let marionette = try Marionette()
      atexit { if case .success(let marionette) = Marionette.started { marionette.end() } }
      return .success(marionette)
    } catch {
      return .failure(error)
    }
  }()

  /// The Firefox that all tests share, started when it is first needed.
  static var shared: Marionette { get throws(BrowserError) { try started.get() } }

  private static let executable: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let places = ["firefox-esr", "firefox"].flatMap { name in folders.map { "\($0)/\(name)" } }
    return places.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  private init() throws(BrowserError) {
    guard let executable = Self.executable else { throw BrowserError("no firefox-esr or firefox in PATH") }
    folder = FileManager.default.temporaryDirectory.appending(path: "gradus-firefox-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(Self.preferences.utf8).write(to: folder.appending(path: "user.js"))
      process.executableURL = URL(filePath: executable)
      process.arguments = [
        "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", folder.path,
      ]
      process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
    } catch {
      throw BrowserError("Firefox does not start: \(error)")
    }
    socket = try connect(toPort: try port())
    _ = try read()
    _ = try send("WebDriver:NewSession", ["strictFileInteractability": false])
    first = try send("WebDriver:GetWindowHandle", [:])["value"].string ?? ""
    window = first
  }

  private static let preferences = """
    user_pref("marionette.port", 0);
    user_pref("browser.shell.checkDefaultBrowser", false);
    user_pref("datareporting.policy.dataSubmissionEnabled", false);
    user_pref("app.update.enabled", false);
    user_pref("dom.min_background_timeout_value", 4);

    """

  /// Firefox writes the port that it has chosen into its profile.
  private func port() throws(BrowserError) -> UInt16 {
    let file = folder.appending(path: "MarionetteActivePort")
    for _ in 0..<600 {
      if let text = try? String(contentsOf: file, encoding: .utf8), let port = UInt16(text) { return port }
      Thread.sleep(forTimeInterval: 0.1)
    }
    throw BrowserError("Firefox opened no port within a minute")
  }

  private func connect(toPort port: UInt16) throws(BrowserError) -> Int32 {
    #if os(Linux)
      let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let socket = Foundation.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw BrowserError("no connection to Firefox: \(String(cString: strerror(errno)))") }
    return socket
  }

  /// Ends the browser and takes its profile away.
  func end() {
    _ = Foundation.close(socket)
    // A thread of a pool has signals blocked, and a child inherits that: a politer signal would never reach it, and the tests
    // would wait for it without end.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  // MARK: Commands

  /// Sends a command to a window, and gives its result.
  func call(_ command: String, _ parameters: JSON = [:], window wanted: String) throws(BrowserError) -> JSON {
    lock.lock()
    defer { lock.unlock() }
    if window != wanted {
      _ = try send("WebDriver:SwitchToWindow", ["handle": .string(wanted), "focus": true])
      window = wanted
    }
    return try send(command, parameters)
  }

  /// A new window, and its handle.
  func newWindow() throws(BrowserError) -> String {
    lock.lock()
    defer { lock.unlock() }
    guard let handle = try call("WebDriver:NewWindow", ["type": "tab", "focus": true], window: first)["handle"].string
    else {
      throw BrowserError("Firefox made no page")
    }
    return handle
  }

  func close(window handle: String) {
    lock.lock()
    defer { lock.unlock() }
    _ = try? call("WebDriver:CloseWindow", window: handle)
    _ = try? send("WebDriver:SwitchToWindow", ["handle": .string(first), "focus": true])
    window = first
  }

  /// Runs a script in the browser itself, which a page's policy does not reach.
  func privileged(_ script: String, window: String) throws(BrowserError) -> JSON {
    lock.lock()
    defer { lock.unlock() }
    _ = try call("Marionette:SetContext", ["value": "chrome"], window: window)
    defer { _ = try? send("Marionette:SetContext", ["value": "content"]) }
    return try send("WebDriver:ExecuteScript", ["script": .string(script), "args": []])["value"]
  }

  private func send(_ command: String, _ parameters: JSON) throws(BrowserError) -> JSON {
    number += 1
    let message = JSON.list([0, .number(Double(number)), .string(command), parameters]).description
    var bytes = Array("\(message.utf8.count):\(message)".utf8)
    while !bytes.isEmpty {
      let count = Foundation.send(socket, bytes, bytes.count, 0)
      guard count > 0 else { throw BrowserError("Firefox has gone before \(command)") }
      bytes.removeFirst(count)
    }
    let answer = try read()
    if let message = answer[2]["message"].string { throw BrowserError("\(command): \(message)") }
    return answer[3]
  }

  private func read() throws(BrowserError) -> JSON {
    var digits: [UInt8] = []
    while true {
      let byte = try take(1)[0]
      if byte == UInt8(ascii: ":") { break }
      digits.append(byte)
    }
    guard let count = Int(String(decoding: digits, as: UTF8.self)) else {
      throw BrowserError("Firefox is not understood")
    }
    do {
      return try JSON(bytes: try take(count))
    } catch {
      throw BrowserError("Firefox answers no JSON: \(error)")
    }
  }

  private func take(_ count: Int) throws(BrowserError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var part = [UInt8](repeating: 0, count: min(1 << 16, count - bytes.count))
      let got = recv(socket, &part, part.count, 0)
      guard got > 0 else { throw BrowserError("Firefox has gone") }
      bytes += part[..<got]
    }
    return bytes
  }
}
