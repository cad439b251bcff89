import Documents

extension Outgoing {
  /// A drawing below a cell, with the name of its file where nothing can be drawn.
  static func picture(svg: String, name: String) -> Outgoing {
    Outgoing("display_data") { json in
      json.writeData(plain: name, svg: svg)
      json.key("transient")
      json.beginObject()
      json.endObject()
    }
  }
}

extension JSONWriter {
  /// The members `data`, one text for each type, and `metadata`.
  mutating func writeData(plain: String? = nil, svg: String? = nil) {
    key("data")
    beginObject()
    if let svg { member("image/svg+xml", svg) }
    if let plain { member("text/plain", plain) }
    endObject()
    key("metadata")
    beginObject()
    endObject()
  }
}
