import Foundation

/// File names, for arguments that also take other names: a shell completes files only where there are no other candidates.
enum FileNames {
  /// The files that a path may become, and the folders on the way to them.
  ///
  /// If a single folder is left, its contents are offered, since a shell ends a finished word with a space.
  static func candidates(_ path: String, endings: [String]) -> [Candidate] {
    var found = entries(path, endings: endings)
    for _ in 0..<8 {
      guard found.count == 1, found[0].hasSuffix("/") else { break }
      found = entries(found[0], endings: endings)
    }
    return found.map { Candidate($0) }
  }

  private static func entries(_ path: String, endings: [String]) -> [String] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let start = path.dropFirst(folder.count)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.sorted().compactMap { name in
      guard name.hasPrefix(start), start.hasPrefix(".") || !name.hasPrefix(".") else { return nil }
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder)
      if exists, isFolder.boolValue { return "\(folder)\(name)/" }
      return endings.contains { name.lowercased().hasSuffix(".\($0)") } ? folder + name : nil
    }
  }
}
