import Foundation

/// What pages look like, for people to look at.
enum Screenshots {
  /// Whether somebody wants to look: taking them is a third of the stories' time.
  private static let areWanted = ProcessInfo.processInfo.environment["GRADUS_SCREENSHOTS"] == "1"

  /// Puts it into `.build/screenshots`, with `GRADUS_SCREENSHOTS=1`; otherwise it is not even taken.
  static func save(_ data: @autoclosure () throws -> Data, _ name: String) throws {
    guard areWanted else { return }
    let folder = Command.repository.appending(path: ".build/screenshots")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try data().write(to: folder.appending(path: name))
  }
}
