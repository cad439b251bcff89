import Foundation

/// Where the program keeps what outlives a run: the history of the debugger, the score of the quiz.
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

  /// Makes the folder of a file, for its owner alone: what somebody typed is nobody else's business.
  static func makeFolder(of file: String) {
    let folder = (file as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }
}
