import Documents

/// A request of the page, read.
struct Request {
  private let fields: Fields
  /// What to do.
  let action: String

  init(_ text: String) throws(PlayerError) {
    do throws(DocumentError) {
      fields = try JSONReader.read(text).object("a request")
      action = try fields.required("do").string("do")
    } catch {
      throw PlayerError(error.message)
    }
  }

  /// 0 or 1; 0 where the request names none.
  func pane(_ key: String) throws(PlayerError) -> Int {
    guard fields.optional(key) != nil else { return 0 }
    let number = try integer(key)
    guard number == 0 || number == 1 else { throw PlayerError("\(key) is 0 or 1, not \(number)") }
    return number
  }

  func string(_ key: String) throws(PlayerError) -> String {
    try read { () throws(DocumentError) in try fields.required(key).string(key) }
  }

  /// Nil where the key is missing or null.
  func optionalString(_ key: String) throws(PlayerError) -> String? { optional(key) == nil ? nil : try string(key) }

  /// Nil where the key is missing or null.
  func optionalInteger(_ key: String) throws(PlayerError) -> Int? { optional(key) == nil ? nil : try integer(key) }

  func integer(_ key: String) throws(PlayerError) -> Int {
    try read { () throws(DocumentError) in try fields.required(key).integer(key) }
  }

  func required(_ key: String) throws(DocumentError) -> Document { try fields.required(key) }

  /// A list of strings.
  func strings(_ key: String) throws(PlayerError) -> [String] {
    try read { () throws(DocumentError) in
      var found: [String] = []
      for item in try fields.required(key).list(key) { found.append(try item.string("an item of \(key)")) }
      return found
    }
  }

  /// A list of pairs of strings.
  func assignments(_ key: String) throws(PlayerError) -> [(name: String, text: String)] {
    try read { () throws(DocumentError) in try fields.required(key).assignments(key) }
  }

  /// Nil where the key is missing or null.
  func optional(_ key: String) -> Document? {
    guard let value = fields.optional(key), case .null = value.value else { return fields.optional(key) }
    return nil
  }

  /// Turns an error of reading into one of the request.
  func read<Result>(_ body: () throws(DocumentError) -> Result) throws(PlayerError) -> Result {
    do throws(DocumentError) { return try body() } catch { throw PlayerError(error.message) }
  }
}

extension Document {
  /// Pairs of strings: `[["cliprange","0.1"]]`.
  func assignments(_ what: String) throws(DocumentError) -> [(name: String, text: String)] {
    var found: [(name: String, text: String)] = []
    for pair in try list(what) {
      let parts = try pair.list("an assignment in \(what)")
      guard parts.count == 2 else { throw pair.error("an assignment in \(what) is a pair, name and value") }
      found.append((try parts[0].string("the option's name"), try parts[1].string("the option's value")))
    }
    return found
  }
}
