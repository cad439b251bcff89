import Foundation
import Synchronization

/// The pages that tests open, each written once by `gradus web`.
enum PageFiles {
  private static let written = Mutex<[[String]: URL]>([:])

  /// A folder for this run of the tests.
  static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-pages-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: PageFiles.folder) }
    return folder
  }()

  /// The WebAssembly module; an error that names the command if nobody has made it.
  static func engine() throws -> URL {
    let engine = Command.repository.appending(path: ".build/wasm/gradus.wasm")
    guard FileManager.default.fileExists(atPath: engine.path) else {
      throw BrowserError("there is no \(engine.path): run `make wasm`")
    }
    return engine
  }

  /// The page of `gradus web` with these arguments.
  static func page(_ arguments: [String], hasEngine: Bool = true) throws -> URL {
    try written.withLock { written in
      let key = arguments + [hasEngine ? "with engine" : "without"]
      if let file = written[key] { return file }
      let file = folder.appending(path: "page-\(written.count).html")
      if hasEngine {
        try Command.output(["web"] + arguments + ["--module", engine().path, "--output", file.path])
      } else {
        try Command.output(["web"] + arguments + ["--output", file.path], program: programAlone.get())
      }
      written[key] = file
      return file
    }
  }

  /// The program where it finds no engine beside itself.
  private static let programAlone = Result {
    let program = folder.appending(path: "gradus")
    try FileManager.default.copyItem(at: Command.executable.resolvingSymlinksInPath(), to: program)
    return program
  }

  /// A file with this text, for `gradus web` to read.
  static func file(_ name: String, _ text: String) throws -> URL {
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file
  }

  /// Whether the tests that need the engine are to run: without it they fail on Linux, where `make test` makes it, and
  /// are skipped elsewhere.
  static var isEngineExpected: Bool {
    #if os(Linux)
      true
    #else
      (try? engine()) != nil
    #endif
  }
}
