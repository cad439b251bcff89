import Foundation

/// Where programs are that a shell would find.
enum ProgramPath {
  /// The paths of all that have a name, in the order of `PATH`.
  static func all(of name: String) -> [String] {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.filter { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
