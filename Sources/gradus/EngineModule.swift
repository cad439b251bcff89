import Foundation

/// The engine as WebAssembly, which `make wasm` compiles and a page runs.
enum EngineModule {
  /// The module to put into a page.
  ///
  /// - Parameter path: What `--module` names; nil to look beside the program and in the folder where it was built.
  /// - Returns: Nil if there is none, which is said on standard error.
  static func load(_ path: String?) throws -> [UInt8]? {
    if let path { return try read(path) }
    guard let file = find(from: URL.thisProgram) else {
      Output.complain(
        """
        There is no engine for the page, so it can only step through its recording.
        Run `make wasm` in the sources (and `make install`), or name the module with --module gradus.wasm.
        """)
      return nil
    }
    return try read(file.path)
  }

  /// The trainers' module for a page in which a transformer learns: beside the engine.
  static func loadTraining(_ path: String?) throws -> [UInt8] {
    let engine = path.map { URL(filePath: $0) } ?? find(from: URL.thisProgram)
    guard let engine else {
      throw CommandError(
        .missingInput, "--train needs the engine and the trainers as WebAssembly: run `make wasm` in the sources")
    }
    return try read(engine.deletingLastPathComponent().appending(path: "gradus-train.wasm").path)
  }

  /// `../share/gradus/gradus.wasm` as installed, or `wasm/gradus.wasm` in the build folder that the program is in.
  static func find(from program: URL) -> URL? {
    let folder = program.resolvingSymlinksInPath().deletingLastPathComponent()
    var candidates = [folder.deletingLastPathComponent().appending(path: "share/gradus/gradus.wasm")]
    var ancestor = folder
    while ancestor.pathComponents.count > 1 {
      if ancestor.lastPathComponent == ".build" { candidates.append(ancestor.appending(path: "wasm/gradus.wasm")) }
      ancestor.deleteLastPathComponent()
    }
    return candidates.first { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError(
        .missingInput, "\(path): there is no such file to read; `make wasm` makes it in .build/wasm")
    }
    guard data.starts(with: [0, 0x61, 0x73, 0x6d]) else {
      throw CommandError(.badData, "\(path): is not a WebAssembly module")
    }
    // The functions that a page calls, the first of a packed module: modules from before there were pages lack them.
    guard ["gradus_unpack", "gradus_ask"].contains(where: { data.range(of: Data($0.utf8)) != nil }) else {
      throw CommandError(
        .badData, "\(path): is not the engine of a page, which exports gradus_ask; run `make wasm` again")
    }
    return [UInt8](data)
  }
}
