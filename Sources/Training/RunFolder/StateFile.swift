import Documents

extension RunState {
  public func write(to path: String) throws(TrainingError) { try RunFile.write(json, to: path) }

  public static func read(_ path: String) throws(TrainingError) -> RunState {
    let bytes = try RunFile.read(path)
    do throws(DocumentError) {
      return try RunState(JSONReader.read(bytes))
    } catch {
      throw TrainingError(error, in: path)
    }
  }
}

// Most readers take JSON's numbers as doubles, and NaN is not allowed: integers are stored as text, and doubles as the text
// of their bits, with the number beside it for people.
extension RunState {
  var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    section("integers", integers, &json) { $1.string("\($0)") }
    section("numbers", numbers, &json) { number, json in Self.write(number, &json) }
    section("lists", lists, &json) { list, json in
      json.beginArray()
      for number in list { Self.write(number, &json) }
      json.endArray()
    }
    section("strings", strings, &json) { $1.string($0) }
    json.endObject()
    return json.text + "\n"
  }

  /// In the order of names, so that equal states are equal files.
  private func section<Value>(
    _ name: String, _ values: [String: Value], _ json: inout JSONWriter, _ write: (Value, inout JSONWriter) -> Void
  ) {
    json.key(name)
    json.beginObject()
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      json.key(key)
      write(value, &json)
    }
    json.endObject()
  }

  private static func write(_ number: Double, _ json: inout JSONWriter) {
    let digits = String(number.bitPattern, radix: 16)
    json.string(String(repeating: "0", count: 16 - digits.count) + digits + " " + NumberText.full(number))
  }

  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the state")
    try fields.rejectUnknown(allowed: ["integers", "numbers", "lists", "strings"])
    for member in try fields.required("integers").object("integers").members {
      guard let value = UInt64(try member.value.string(member.key)) else {
        throw member.value.error("\(member.key) must be a whole number from 0 to \(UInt64.max)")
      }
      integers[member.key] = value
    }
    for member in try fields.required("numbers").object("numbers").members {
      numbers[member.key] = try Self.number(member.value, member.key)
    }
    for member in try fields.required("lists").object("lists").members {
      var list: [Double] = []
      for element in try member.value.list(member.key) { list.append(try Self.number(element, member.key)) }
      lists[member.key] = list
    }
    for member in try fields.required("strings").object("strings").members {
      strings[member.key] = try member.value.string(member.key)
    }
  }

  private static func number(_ document: Document, _ name: String) throws(DocumentError) -> Double {
    let digits = try document.string(name).prefix { $0 != " " }
    guard digits.utf8.count == 16, let bits = UInt64(digits, radix: 16) else {
      throw document.error("\(name) must be the 16 hexadecimal digits of a double's bits")
    }
    return Double(bitPattern: bits)
  }
}
