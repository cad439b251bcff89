import Foundation

/// What pages look like, for people to look at.
enum Screenshots {
  /// Puts it into `.build/screenshots`.
  static func save(_ data: Data, _ name: String) throws {
    let folder = Command.repository.appending(path: ".build/screenshots")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try data.write(to: folder.appending(path: name))
  }
}
