public import Formats
import Foundation

extension TrainingError {
  /// A file that is missing if it cannot be opened, and bad if its contents are.
  public init(_ error: FileError) {
    let isReadable = error.place != nil || FileManager.default.isReadableFile(atPath: error.path)
    self.init(isReadable ? .badData : .missingInput, error.description, isLocated: error.place != nil)
  }
}
