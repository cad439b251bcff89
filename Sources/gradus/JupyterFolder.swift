import Foundation

/// Jupyter's folder for the user's data, as `jupyter --data-dir` prints it.
///
/// Source: https://docs.jupyter.org, "Common Directories and File Locations".
enum JupyterFolder {
  /// Nil if no home folder is known.
  static func data(environment: [String: String]) -> String? {
    if let folder = environment["JUPYTER_DATA_DIR"], !folder.isEmpty { return folder }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    #if os(macOS)
      // Jupyter uses the newer place on request.
      let isNew = ["1", "true", "yes", "on"].contains(environment["JUPYTER_PLATFORM_DIRS", default: ""].lowercased())
      return home.map { $0 + (isNew ? "/Library/Application Support/Jupyter" : "/Library/Jupyter") }
    #else
      if let data = environment["XDG_DATA_HOME"], !data.isEmpty { return data + "/jupyter" }
      return home.map { $0 + "/.local/share/jupyter" }
    #endif
  }

  /// Whether a command `jupyter` can be found.
  static var isInstalled: Bool { !ProgramPath.all(of: "jupyter").isEmpty }

  /// This program's path as it was called: if that is a link, it outlives the version that it leads to.
  static var programAsCalled: String {
    let called = CommandLine.arguments[0]
    let this = URL.thisProgram.absoluteURL
    let found =
      called.contains("/") ? [URL(filePath: called).absoluteURL.standardizedFileURL.path] : ProgramPath.all(of: called)
    return found.first { URL(filePath: $0).resolvingSymlinksInPath() == this.resolvingSymlinksInPath() } ?? this.path
  }
}
