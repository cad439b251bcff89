import Foundation

/// The built `gradus`, run to its end.
enum Command {
  /// The release program where it is newer than what the tests were built with, since it writes pages ten times as fast.
  static let executable: URL = {
    let release = repository.appending(path: ".build/release/gradus").resolvingSymlinksInPath()
    let date = { (file: URL) in
      (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate ?? .distantPast
    }
    return date(release) > date(debugExecutable) ? release : debugExecutable
  }()

  /// Where SwiftPM has put the program: beside the tests' bundle.
  private static let debugExecutable: URL = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
    let isBundle = bundle.bundlePath.hasSuffix(".xctest")
    return (isBundle ? bundle.bundleURL.deletingLastPathComponent() : bundle.bundleURL).appending(path: "gradus")
  }()

  /// What a command wrote to its standard output; an error if it failed.
  @discardableResult static func output(
    _ arguments: [String], input: String = "", program: URL = executable, environment: [String: String] = [:]
  ) throws -> Data {
    // Files instead of pipes: nothing waits for anything to be read.
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["in", "out", "err"].map { folder.appending(path: $0) }
    try Data(input.utf8).write(to: files[0])
    for file in files[1...] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = repository
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let errors = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
      throw BrowserError("gradus \(arguments.joined(separator: " ")) fails: \(errors)")
    }
    return try Data(contentsOf: files[1])
  }

  /// The repository, where `.build` is.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
}
