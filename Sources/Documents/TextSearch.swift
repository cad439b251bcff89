extension String {
  /// Whether a text has another one in it, compared byte by byte: the standard library's own search needs a runtime that a page's
  /// engine has not.
  public func holds(_ part: String) -> Bool {
    let (text, part) = (Array(utf8), Array(part.utf8))
    guard part.count <= text.count else { return false }
    return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}
