import Foundation

/// Runs a notebook's scripts, one after the other, in a folder of their own.
final class Shell {
  /// How many bytes a script may print: far more than anybody reads.
  static let outputLimit = 200_000

  private let folder: URL?
  private let program: URL
  private let limit: Double
  private let interruption: CellInterruption?
  private var scratch: URL?
  /// The names of the notebook's files that scripts were given.
  private var linked: Set<String> = []

  init(folder: URL?, program: URL, limit: Double, interruption: CellInterruption?) {
    self.folder = folder
    self.program = program
    self.limit = limit
    self.interruption = interruption
  }

  deinit { close() }

  /// Removes the scripts' folder.
  func close() {
    if let scratch { try? FileManager.default.removeItem(at: scratch) }
    (scratch, linked) = (nil, [])
  }

  /// The scripts' folder, if a script has made a file of that name in it.
  func scratch(with name: String) -> URL? {
    guard let scratch, FileManager.default.fileExists(atPath: scratch.appending(path: name).path) else { return nil }
    return scratch
  }

  /// Runs a script to its end.
  ///
  /// - Parameter show: Receives what it prints, at once.
  /// - Returns: Why it counts as failed; nil if it succeeded.
  func run(_ script: String, show: ([String]) -> Void) -> String? {
    do {
      return try run(script, in: try preparedFolder(), show: show)
    } catch {
      return "the shell cannot be started: \(error.localizedDescription)"
    }
  }

  /// A folder in which the notebook's files appear under their names, with `gradus` in `.bin`.
  private func preparedFolder() throws -> URL {
    let scratch = try self.scratch ?? makeFolder()
    try link(into: scratch)
    return scratch
  }

  private func makeFolder() throws -> URL {
    let files = FileManager.default
    let made = files.temporaryDirectory.appending(path: "gradus-notebook-\(UUID().uuidString)")
    try files.createDirectory(at: made.appending(path: ".bin"), withIntermediateDirectories: true)
    scratch = made
    try files.createSymbolicLink(at: made.appending(path: ".bin/gradus"), withDestinationURL: program)
    return made
  }

  /// Adds the notebook's files that are new since the last script, unless a script made one of that name.
  private func link(into scratch: URL) throws {
    guard let folder else { return }
    let files = FileManager.default
    for file in try files.contentsOfDirectory(at: folder.absoluteURL, includingPropertiesForKeys: nil)
    where linked.insert(file.lastPathComponent).inserted {
      let link = scratch.appending(path: file.lastPathComponent)
      if !files.fileExists(atPath: link.path) { try files.createSymbolicLink(at: link, withDestinationURL: file) }
    }
  }

  private func run(_ script: String, in folder: URL, show: ([String]) -> Void) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = folder
    process.environment = environment(in: folder)
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    // Otherwise the pipe would never end.
    try? pipe.fileHandleForWriting.close()
    var last: String?
    let trouble = read(pipe.fileHandleForReading.fileDescriptor) { lines in
      last = lines.last
      show(lines)
    }
    if trouble != nil { end(process, saying: show, pipe.fileHandleForReading.fileDescriptor) }
    process.waitUntilExit()
    if trouble != nil || process.terminationStatus == 0 { return trouble }
    let status = process.terminationStatus
    let end =
      process.terminationReason == .uncaughtSignal ? "is ended by signal \(status)" : "fails with exit code \(status)"
    return "the script \(end)" + (last.map { ": \($0)" } ?? "")
  }

  /// The same everywhere: plain text, 80 columns, English.
  private func environment(in folder: URL) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    let path = environment["PATH"] ?? "/usr/bin:/bin"
    environment["PATH"] = folder.appending(path: ".bin").path + ":" + path
    environment["COLUMNS"] = "80"
    environment["NO_COLOR"] = "1"
    environment["TERM"] = "dumb"
    environment["LC_ALL"] = "C.UTF-8"
    return environment
  }

  /// Reads to the end, within limits of time and size.
  private func read(_ descriptor: Int32, show: ([String]) -> Void) -> String? {
    let deadline = Date(timeIntervalSinceNow: limit)
    var lines = LineGatherer()
    var count = 0
    var buffer = [UInt8](repeating: 0, count: 65536)
    var trouble: String?
    while trouble == nil {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // Nothing wakes a reader that is interrupted.
      let patience = interruption == nil ? 1e9 : 50
      let milliseconds = max(0, min(deadline.timeIntervalSinceNow * 1000, patience))
      let ready = poll(&waiting, 1, Int32(milliseconds.rounded(.up)))
      if ready < 0 && errno == EINTR { continue }
      if interruption?.isRequested == true {
        trouble = CellInterruption.message
        break
      }
      if ready == 0, deadline.timeIntervalSinceNow > 0 { continue }
      guard ready > 0 else {
        trouble = "the script still runs after \(NumberFormatting.plain(limit)) s and was stopped"
        break
      }
      let found = Foundation.read(descriptor, &buffer, buffer.count)
      if found <= 0 { break }
      let complete = lines.add(buffer[..<min(found, Self.outputLimit - count)])
      if !complete.isEmpty { show(complete) }
      count += found
      if count > Self.outputLimit {
        trouble = "the script prints more than \(Self.outputLimit) bytes and was stopped"
      }
    }
    let rest = lines.end()
    if !rest.isEmpty { show(rest) }
    return trouble
  }

  /// How long an interrupted script may take to save its work, in seconds.
  private static let patience = 10.0

  /// Ends the script and everything that it started.
  private func end(_ process: Process, saying show: ([String]) -> Void, _ descriptor: Int32) {
    // It leads its own process group, unless the system did otherwise.
    let leads = getpgid(process.processIdentifier) == process.processIdentifier
    let target = leads ? -process.processIdentifier : process.processIdentifier
    if interruption?.isRequested == true, interruption?.isForGood == false {
      kill(target, SIGINT)
      let deadline = Date(timeIntervalSinceNow: Self.patience)
      var lines = LineGatherer()
      while Self.isAlive(process), deadline.timeIntervalSinceNow > 0 { showWhatIsThere(descriptor, &lines, show) }
      showWhatIsThere(descriptor, &lines, show)
      let rest = lines.end()
      if !rest.isEmpty { show(rest) }
    }
    kill(target, SIGKILL)
  }

  /// Whether the script itself is still running; `Process` also waits for what it left in the background.
  private static func isAlive(_ process: Process) -> Bool {
    var information = siginfo_t()
    let result = waitid(P_PID, id_t(process.processIdentifier), &information, WEXITED | WNOHANG | WNOWAIT)
    return result == 0 && information.si_signo == 0
  }

  /// Shows what a script has printed so far, after waiting a moment.
  private func showWhatIsThere(_ descriptor: Int32, _ lines: inout LineGatherer, _ show: ([String]) -> Void) {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, 50) > 0 else { return }
    var buffer = [UInt8](repeating: 0, count: 65536)
    let found = Foundation.read(descriptor, &buffer, buffer.count)
    // At its end there is nothing to wait for.
    guard found > 0 else {
      usleep(50_000)
      return
    }
    let complete = lines.add(buffer[..<found])
    if !complete.isEmpty { show(complete) }
  }
}

/// Numbers in messages.
enum NumberFormatting {
  /// `60` for 60.0, `0.5` for 0.5.
  static func plain(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e9 ? String(Int(x)) : String(x) }
}
