import Documents
import Testing

/// A document in one line, to compare whole trees.
private func outline(_ document: Document) -> String {
  switch document.value {
  case .null: "null"
  case .bool(let bool): "\(bool)"
  case .number(let number): NumberText.full(number)
  case .string(let text): "'\(text)'"
  case .list(let list): "[" + list.map(outline).joined(separator: " ") + "]"
  case .object(let members): "{" + members.map { "\($0.key): \(outline($0.value))" }.joined(separator: " ") + "}"
  }
}

@Suite struct JSONReaderTests {
  @Test(arguments: [
    ("null", "null"), (" [ true , false ]\r\n", "[true false]"), ("{}", "{}"), ("[]", "[]"), ("[[],{}]", "[[] {}]"),
    ("[0, -0, 1.5, -2e3, 1E+2, 0.1e-1]", "[0 -0 1.5 -2000 100 0.01]"),
    (#"{"a": 1, "b": [2, {"c": "d"}]}"#, "{a: 1 b: [2 {c: 'd'}]}"), (#""é日👍""#, "'é日👍'"), (#""""#, "''"),
    (#""\"\\\/\b\f\n\r\tA""#, "'\"\\/\u{8}\u{c}\n\r\tA'"), (#""\ud83d\uDC4D é""#, "'👍 é'"),
    (#""\u0000""#, "'\0'"), ("\u{feff}1", "1"), (#"{"é": 1, "e\#u{301}": 2}"#, "{é: 1 e\u{301}: 2}"),
  ])
  func reads(json: String, expected: String) throws { #expect(outline(try JSONReader.read(json)) == expected) }

  @Test(arguments: [
    ("", "1:1: expected a value, found the end of the file"),
    ("[1,\n 2,]", "2:4: expected a value, found ']'"),
    ("[1 2]", "1:4: expected ',' or ']', found '2'"),
    ("[1,\n", "2:1: expected a value, found the end of the file"),
    ("{\"a\": 1,\n  b: 2}", "2:3: expected a key in double quotes, found 'b'"),
    ("{\"a\" 1}", "1:6: expected ':' after the key, found '1'"),
    ("{\"a\": 1", "1:8: expected ',' or '}', found the end of the file"),
    ("{\"a\": 1,}", "1:9: expected a key in double quotes, found '}'"),
    ("{\"a\": 1,\n \"a\": 2}", "2:2: the key 'a' appears twice, first at 1:2"),
    ("1 2", "1:3: expected the end of the file, found '2'"),
    ("[é]", "1:2: expected a value, found 'é'"),
    ("\"é日\" x", "1:6: expected the end of the file, found 'x'"),
    ("\u{1}", "1:1: expected a value, found a control character"),
    ("\0", "1:1: expected a value, found a control character"),
    ("[\"a\0b\"]", "1:4: a line break or control character in a string must be written as an escape"),
    ("NaN", "1:1: NaN is no JSON number: numbers must be finite"),
    ("[1, -Infinity]", "1:5: -Infinity is no JSON number: numbers must be finite"),
    ("Infinity", "1:1: Infinity is no JSON number: numbers must be finite"),
    ("[True]", "1:2: 'True' is no JSON value; text must be in double quotes"),
    ("-", "1:2: expected a digit, found the end of the file"),
    ("-x", "1:2: expected a digit, found 'x'"),
    ("01", "1:1: a number must not start with a superfluous 0"),
    ("1.", "1:3: expected a digit, found the end of the file"),
    (".5", "1:1: expected a value, found '.'"),
    ("+1", "1:1: expected a value, found '+'"),
    ("1e+", "1:4: expected a digit, found the end of the file"),
    ("1e999", "1:1: the number is too large for a double"),
    ("[\"abc", "1:2: the string does not end"),
    ("\"a\nb\"", "1:3: a line break or control character in a string must be written as an escape"),
    (#""\x""#, #"1:2: unknown escape; the escapes are \" \\ \/ \b \f \n \r \t \uXXXX"#),
    (#""\"#, #"1:2: unknown escape; the escapes are \" \\ \/ \b \f \n \r \t \uXXXX"#),
    (#""\u12g4""#, #"1:6: expected four hexadecimal digits after \u, found 'g'"#),
    (#""\u12"#, #"1:6: expected four hexadecimal digits after \u, found the end of the file"#),
    (#""\ud83d""#, "1:2: half of a surrogate pair, which is no character"),
    (#""\ud83d\u0041""#, "1:2: half of a surrogate pair, which is no character"),
    (#""\udc4d\ud83d""#, "1:2: half of a surrogate pair, which is no character"),
    ("// no", "1:1: expected a value, found '/'"),
  ])
  func refuses(json: String, message: String) {
    let error = #expect(throws: DocumentError.self) { try JSONReader.read(json) }
    #expect(error?.description == message)
  }

  @Test(arguments: [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]])
  func refusesInvalidUTF8(bytes: [UInt8]) {
    for prefix in ["", "\\n"] {
      let error = #expect(throws: DocumentError.self) {
        try JSONReader.read(Array("[\"a\", \"\(prefix)".utf8) + bytes + Array("\"]".utf8))
      }
      #expect(error?.description == "1:7: the string is not valid UTF-8")
    }
  }

  @Test func depthIsLimited() throws {
    let deepest = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(outline(try JSONReader.read(deepest)) == deepest)
    let error = #expect(throws: DocumentError.self) {
      try JSONReader.read(String(repeating: "[", count: 1_000_000))
    }
    #expect(error?.description == "1:201: nested more than 200 levels deep")
  }

  @Test func manyKeysAreUniqueByTheirBytes() throws {
    let keys = (0..<1000).map { "\"k\($0)\":0" } + ["\"é\":1", "\"e\u{301}\":2"]
    let json = "{" + keys.joined(separator: ",") + "}"
    #expect(try JSONReader.read(json).object().members.count == 1002)
    let error = #expect(throws: DocumentError.self) { try JSONReader.read(json.dropLast() + ",\n\"e\u{301}\":3}") }
    #expect(error?.message.hasPrefix("the key 'e\u{301}' appears twice, first at 1:") == true)
    #expect(error?.line == 2)
  }

  @Test func everyTruncationIsRefused() {
    let json = Array(#"{"a": [1.5e3, "xé", true, null], "b": {"c": "\ud83d\udc4d"}}"#.utf8)
    for count in 0..<json.count {
      #expect(throws: DocumentError.self) { try JSONReader.read(Array(json[..<count])) }
    }
  }

  @Test func placesAreThoseOfTheText() throws {
    let fields = try JSONReader.read("{\n \"é\": \"日\", \"b\": [1,\n 2]}").object()
    let b = fields.members[1]
    #expect([b.keyLine, b.keyColumn, b.value.line, b.value.column] == [2, 12, 2, 17])
    #expect(try b.value.list().map { [$0.line, $0.column] } == [[2, 18], [3, 2]])
  }
}
