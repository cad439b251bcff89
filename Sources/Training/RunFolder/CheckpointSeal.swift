import Documents
import Foundation

/// `checksums.json`: what each file of a checkpoint must be, written last.
enum CheckpointSeal {
  static let name = "checksums.json"

  /// Brings every file of a folder to the disk and writes down what it is.
  static func close(_ folder: String) throws(TrainingError) {
    var json = JSONWriter(indented: true)
    json.beginObject()
    for file in files(in: folder) {
      try RunFile.synchronize("\(folder)/\(file)")
      let checksum = try FileChecksum(of: "\(folder)/\(file)")
      json.key(file)
      json.beginObject()
      json.key("size")
      json.integer(checksum.size)
      json.key("fnv1a64")
      json.string(checksum.digits)
      json.endObject()
    }
    json.endObject()
    try RunFile.write(json.text + "\n", to: "\(folder)/\(name)")
    for inner in folders(in: folder) { try RunFile.synchronize("\(folder)/\(inner)") }
    try RunFile.synchronize(folder)
  }

  /// What is wrong with a checkpoint, if anything. Files that were added later do not count.
  static func damage(to folder: String) -> String? {
    let expected: [(file: String, checksum: FileChecksum)]
    do throws(TrainingError) {
      expected = try read("\(folder)/\(name)")
    } catch {
      return error.kind == .missingInput ? "\(name) is missing" : "\(name) is damaged"
    }
    for (file, checksum) in expected {
      guard RunFile.exists("\(folder)/\(file)") else { return "\(file) is missing" }
      guard let found = try? FileChecksum(of: "\(folder)/\(file)") else { return "\(file) cannot be read" }
      if found.size != checksum.size { return "\(file) has \(found.size) bytes instead of \(checksum.size)" }
      if found.hash != checksum.hash { return "\(file) is not what was saved: its checksum differs" }
    }
    return nil
  }

  private static func read(_ path: String) throws(TrainingError) -> [(String, FileChecksum)] {
    let bytes = try RunFile.read(path)
    do throws(DocumentError) {
      var list: [(String, FileChecksum)] = []
      for member in try JSONReader.read(bytes).object("the checksums").members {
        let fields = try member.value.object(member.key)
        let digits = try fields.required("fnv1a64")
        guard let hash = UInt64(try digits.string("fnv1a64"), radix: 16) else {
          throw digits.error("fnv1a64 must be hexadecimal digits")
        }
        list.append((member.key, FileChecksum(size: try fields.required("size").integer("size"), hash: hash)))
      }
      return list
    } catch {
      throw TrainingError(error, in: path)
    }
  }

  /// The files below a folder, as paths from it, in order.
  private static func files(in folder: String) -> [String] {
    below(folder).filter { !RunFile.isFolder("\(folder)/\($0)") && $0 != name }
  }

  private static func folders(in folder: String) -> [String] {
    below(folder).filter { RunFile.isFolder("\(folder)/\($0)") }
  }

  private static func below(_ folder: String) -> [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
