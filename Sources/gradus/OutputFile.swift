import Formats

/// The file or folder that a user names for a command's output; `-` is standard output.
enum OutputFile {
  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  static func write(_ bytes: [UInt8], to path: String) throws {
    if path == "-" { return try Output.write(bytes) }
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw CommandError(.writeFailed, error.description)
    }
  }

  static func makeFolder(_ path: String) throws {
    do throws(FileError) {
      try AtomicFile.makeFolder(path)
    } catch {
      throw CommandError(.writeFailed, error.description)
    }
  }
}
