// Most objects are members with plain values; a line each.
extension JSONWriter {
  /// A key and a text; null for nil.
  public mutating func member(_ key: String, _ text: String?) {
    self.key(key)
    if let text { string(text) } else { null() }
  }

  /// A key and a whole number; null for nil.
  public mutating func member(_ key: String, _ number: Int?) {
    self.key(key)
    if let number { integer(number) } else { null() }
  }

  /// A key and a number; null for nil.
  public mutating func member(_ key: String, number x: Double?) {
    self.key(key)
    if let x { number(x) } else { null() }
  }

  /// A key and true or false.
  public mutating func member(_ key: String, _ flag: Bool) {
    self.key(key)
    bool(flag)
  }

  /// A key and whole numbers.
  public mutating func member(_ key: String, integers: some Sequence<Int>) {
    self.key(key)
    beginArray()
    for integer in integers { self.integer(integer) }
    endArray()
  }

  /// A key and texts, on one line.
  public mutating func member(_ key: String, strings: [String]) {
    self.key(key)
    self.strings(strings)
  }
}
