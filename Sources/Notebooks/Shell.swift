import Foundation

/// Runs scripts of a notebook, one after the other, in a folder of their own.
final class Shell {
  struct Ending {
    var output: String
    /// Why the script counts as failed; nil if it has ended well.
    var trouble: String?
  }

  /// What a script may print: far more than anybody reads.
  static let outputLimit = 200_000

  private let folder: URL?
  private let program: URL
  private let limit: Double
  private var scratch: URL?

  init(folder: URL?, program: URL, limit: Double) {
    self.folder = folder
    self.program = program
    self.limit = limit
  }

  deinit {
    if let scratch { try? FileManager.default.removeItem(at: scratch) }
  }

  /// The scripts' folder, if a script has made a file of that name in it.
  func scratch(with name: String) -> URL? {
    guard let scratch, FileManager.default.fileExists(atPath: scratch.appending(path: name).path) else { return nil }
    return scratch
  }

  func run(_ script: String) -> Ending {
    do {
      return try run(script, in: try preparedFolder())
    } catch {
      return Ending(output: "", trouble: "the shell cannot be started: \(error.localizedDescription)")
    }
  }

  /// A folder in which the notebook's files appear under their names, with `gradus` in `.bin`.
  private func preparedFolder() throws -> URL {
    if let scratch { return scratch }
    let files = FileManager.default
    let made = files.temporaryDirectory.appending(path: "gradus-notebook-\(UUID().uuidString)")
    try files.createDirectory(at: made.appending(path: ".bin"), withIntermediateDirectories: true)
    scratch = made
    try files.createSymbolicLink(at: made.appending(path: ".bin/gradus"), withDestinationURL: program)
    guard let folder else { return made }
    for file in try files.contentsOfDirectory(at: folder.absoluteURL, includingPropertiesForKeys: nil) {
      try files.createSymbolicLink(at: made.appending(path: file.lastPathComponent), withDestinationURL: file)
    }
    return made
  }

  private func run(_ script: String, in folder: URL) throws -> Ending {
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
    var ending = read(pipe.fileHandleForReading.fileDescriptor)
    if ending.trouble != nil { end(process) }
    process.waitUntilExit()
    if ending.trouble == nil, process.terminationStatus != 0 {
      ending.trouble = "the script fails with exit code \(process.terminationStatus)"
      if let last = ending.output.outputLines.last { ending.trouble? += ": \(last)" }
    }
    return ending
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

  /// Reads to the end, but not for ever and not without end.
  private func read(_ descriptor: Int32) -> Ending {
    let deadline = Date(timeIntervalSinceNow: limit)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    var trouble: String?
    while trouble == nil {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let milliseconds = max(0, min(deadline.timeIntervalSinceNow * 1000, 1e9))
      let ready = poll(&waiting, 1, Int32(milliseconds.rounded(.up)))
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else {
        trouble = "the script still runs after \(NumberFormatting.plain(limit)) s and was stopped"
        break
      }
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count <= 0 { break }
      bytes += buffer[..<count]
      if bytes.count > Self.outputLimit {
        bytes = Array(bytes[..<Self.outputLimit])
        trouble = "the script prints more than \(Self.outputLimit) bytes and was stopped"
      }
    }
    return Ending(output: String(decoding: bytes, as: UTF8.self), trouble: trouble)
  }

  /// Ends the script and what it has started.
  private func end(_ process: Process) {
    // It leads a group of processes of its own, unless the system has done otherwise.
    if getpgid(process.processIdentifier) == process.processIdentifier {
      kill(-process.processIdentifier, SIGKILL)
    } else {
      kill(process.processIdentifier, SIGKILL)
    }
  }
}

/// Numbers in messages.
enum NumberFormatting {
  /// `60` for 60.0, `0.5` for 0.5.
  static func plain(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e9 ? String(Int(x)) : String(x) }
}
