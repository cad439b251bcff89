import Testing

extension Reader {
  /// Expects that the page complained of nothing and fetched nothing.
  func expectQuiet(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(page.problems == [], sourceLocation: sourceLocation)
    #expect(page.requests == [], sourceLocation: sourceLocation)
  }
}
