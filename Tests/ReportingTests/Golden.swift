import Goldens
import Testing

/// Compares a text with the file `Golden/<file>`; `GRADUS_RECORD=1` writes the file instead.
func expectGolden(_ text: String, _ file: String, sourceLocation: SourceLocation = #_sourceLocation) {
  if let difference = goldenDifference(text, file, beside: #filePath) {
    Issue.record(Comment(rawValue: difference), sourceLocation: sourceLocation)
  }
}
