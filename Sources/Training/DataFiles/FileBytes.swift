internal import Foundation

/// A file’s bytes; throws when there is no such file, it is a folder, or it cannot be read.
func bytes(ofFile path: String) throws(TrainingError) -> [UInt8] {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    // `owner/name`, as the hub has it.
    let isOnHub = path.wholeMatch(of: /[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w-]*/) != nil
    let hint = "; data of the hub are downloaded first:  hf download --repo-type dataset \(path) --local-dir \(path)"
    throw TrainingError(.missingInput, "\(path): there is no such file" + (isOnHub ? hint : ""))
  }
  if isFolder.boolValue { throw TrainingError(.missingInput, "\(path): is a folder; name a file in it") }
  guard let data = FileManager.default.contents(atPath: path) else {
    throw TrainingError(.missingInput, "\(path): cannot be read; check its permissions")
  }
  return [UInt8](data)
}
