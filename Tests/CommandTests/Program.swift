import Foundation
import Testing

/// The built `gradus`, run as a user runs it, in a folder that goes when this object does.
final class Program {
  struct Result {
    let output: String
    let errors: String
    let exitCode: Int32
  }

  /// Where commands run.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Where SwiftPM has put the program: beside the tests' bundle.
  static let executable: URL = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
    let isBundle = bundle.bundlePath.hasSuffix(".xctest")
    return (isBundle ? bundle.bundleURL.deletingLastPathComponent() : bundle.bundleURL).appending(path: "gradus")
  }()

  /// What stands for the XDG state folder.
  var stateFolder: URL { folder.appending(path: ".streams-state") }

  func file(_ name: String) -> URL { folder.appending(path: name) }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = file(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func read(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

  /// What is in the folder, but for what `run` puts there.
  func fileNames() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".streams") })
  }

  /// Runs a command to its end.
  func callAsFunction(_ arguments: [String], input: String = "") throws -> Result {
    try run(Self.executable, arguments, input: input)
  }

  /// Runs a line of the shell, in which `$GRADUS` is the program.
  func shell(_ line: String) throws -> Result { try run(URL(filePath: "/bin/sh"), ["-c", line], input: "") }

  private func run(_ executable: URL, _ arguments: [String], input: String) throws -> Result {
    try start(executable, arguments, input: input).result()
  }

  /// A command that runs meanwhile.
  struct Running {
    let process: Process
    fileprivate let output, errors: URL

    /// What it said, once it has ended.
    func result() throws -> Result {
      process.waitUntilExit()
      return Result(
        output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self), exitCode: process.terminationStatus)
    }
  }

  /// Starts a command.
  func start(_ arguments: [String]) throws -> Running { try start(Self.executable, arguments, input: "") }

  private func start(_ executable: URL, _ arguments: [String], input: String) throws -> Running {
    // Files instead of pipes: nothing waits for anything to be read.
    let streams = folder.appending(path: ".streams-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
    let files = ["in", "out", "err"].map { streams.appending(path: $0) }
    try Data(input.utf8).write(to: files[0])
    for file in files[1...] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["COLUMNS"] = "80"
    environment["GRADUS"] = Self.executable.path
    // What outlives a run must not outlive a test.
    environment["XDG_STATE_HOME"] = stateFolder.path
    process.environment = environment
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    return Running(process: process, output: files[1], errors: files[2])
  }
}
