extension String {
  /// Without blanks at both ends.
  public var trimmed: String {
    let start = self.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    var end = start
    while let last = end.last, last == " " || last == "\t" || last == "\r" { end = end.dropLast() }
    return String(end)
  }
}
