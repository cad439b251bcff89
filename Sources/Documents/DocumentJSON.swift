extension Document {
  /// The same value as JSON, on one line.
  ///
  /// Reading it again gives the same numbers to the last bit; infinities and NaN, which YAML has and JSON lacks, become
  /// `null`.
  public var json: String {
    var json = JSONWriter()
    json.document(self)
    return json.text
  }
}

extension JSONWriter {
  fileprivate mutating func document(_ document: Document) {
    switch document.value {
    case .null: null()
    case .bool(let bool): self.bool(bool)
    case .number(let number): self.number(number)
    case .string(let text): string(text)
    case .list(let elements):
      beginArray()
      for element in elements { self.document(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        self.document(member.value)
      }
      endObject()
    }
  }
}
