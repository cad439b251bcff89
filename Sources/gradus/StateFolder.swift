import Documents
import Foundation

/// Where the program keeps what outlives a session: the debugger's history, the lessons' progress, the quiz's score.
enum StateFolder {
  /// A file in the XDG state folder, or `nil` if neither it nor a home folder is known.
  static func file(
    _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    // The XDG specification: a relative path is invalid and to be ignored.
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/gradus/\(name)" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/.local/state/gradus/\(name)"
  }

  /// Makes the folder of a file, readable by its owner alone: what a user typed is private.
  static func makeFolder(of file: String) {
    let folder = (file as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// What a JSON file of the state folder holds; nil if there is none.
  static func document(at path: String) throws -> Document? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError(.missingInput, "\(path): cannot be read")
    }
    do throws(DocumentError) {
      return try JSONReader.read([UInt8](data))
    } catch {
      throw damaged(path, error)
    }
  }

  /// The error for a file that is not as this program writes it; such a file is never overwritten.
  static func damaged(_ path: String, _ error: DocumentError) -> CommandError {
    CommandError(.badData, at: "\(path):\(error); nothing is kept until this is fixed or the file is removed")
  }
}
