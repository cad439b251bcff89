import Documents
import Testing

@testable import Formats

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

@Suite struct YAMLReaderTests {
  @Test(arguments: [
    ("", "null"), ("# nothing", "null"), ("---\n", "null"), ("a:", "{a: null}"),
    ("[~, null, Null, nul]", "[null null null 'nul']"),
    ("[true, False, TRUE, tRUE]", "[true false true 'tRUE']"),
    ("[off, on, yes, no, y, n]", "['off' 'on' 'yes' 'no' 'y' 'n']"),
    ("[1e-3, 1, -2.5, +3, .5, 5., 007, 0x1F, 0o17]", "[0.001 1 -2.5 3 0.5 5 7 31 15]"),
    (
      "[0x, 0x-1, 0xg, 0o8, 1_000, 1e, 2024-01-01, 12:30]",
      "['0x' '0x-1' '0xg' '0o8' '1_000' '1e' '2024-01-01' '12:30']"
    ),
    ("[.inf, -.inf, .nan, inf, nan]", "[Infinity -Infinity NaN 'inf' 'nan']"),
    ("['1', \"true\", '', \"a\\n\"]", "['1' 'true' '' 'a\n']"), ("a: |\n  1\n  2\n", "{a: '1\n2\n'}"),
    ("[!!str 1, ! 2]", "['1' '2']"), ("a: &x {b: 1}\nc: *x", "{a: {b: 1} c: {b: 1}}"),
    ("1: one\ntrue: two", "{1: 'one' true: 'two'}"),
    ("- - a\n  - b\n- {c: [d]}", "[['a' 'b'] {c: ['d']}]"), ("{\"a\": [1, null]}", "{a: [1 null]}"),
    ("é: 日", "{é: '日'}"),
  ])
  func reads(yaml: String, expected: String) throws { #expect(outline(try YAMLReader.read(yaml)) == expected) }

  @Test func placesAreThoseOfTheText() throws {
    let fields = try YAMLReader.read("a: 1\né:\n  - 日\n  - b: x").object()
    let second = fields.members[1]
    #expect([second.keyLine, second.keyColumn] == [2, 1])
    #expect(try second.value.list().map { [$0.line, $0.column] } == [[3, 5], [4, 5]])
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3", "1:1: the key 'a' appears twice"),
    ("{a: 1, 'a': 2}", "1:2: the key 'a' appears twice"),
    ("a: [1, 2", "2:1: while parsing a flow sequence (line 1): did not find expected ',' or ']'"),
    ("a: \"x", "1:6: while scanning a quoted scalar (line 1): found unexpected end of stream"),
    ("a: *x", "1:4: found undefined alias"),
    ("a: b: c", "1:5: mapping values are not allowed in this context"),
    ("\ta: 1", "1:1: while scanning for the next token (line 1): found character that cannot start any token"),
    ("a: @x", "1:4: while scanning for the next token (line 1): found character that cannot start any token"),
    ("a: 1\n---\nb: 2", "2:1: expected a single document in the stream (line 1): but found another document"),
    ("a: !!int 1", "1:4: the tag 'tag:yaml.org,2002:int' is not supported"),
    ("[!!binary aGk=]", "1:2: the tag 'tag:yaml.org,2002:binary' is not supported"),
    ("? [1]\n: 2", "1:3: a key must be text, not a list or a mapping"),
    ("a: 1\n b: 2", "2:3: mapping values are not allowed in this context"),
    ("a: é\u{1}", "1:5: control characters are not allowed"),
  ])
  func refuses(yaml: String, message: String) {
    let error = #expect(throws: DocumentError.self) { try YAMLReader.read(yaml) }
    #expect(error?.description == message)
  }

  @Test func depthIsLimited() {
    let error = #expect(throws: DocumentError.self) {
      try YAMLReader.read(String(repeating: "[", count: 300) + String(repeating: "]", count: 300))
    }
    #expect(error?.description == "1:202: nested more than 200 levels deep")
    #expect(throws: DocumentError.self) { try YAMLReader.read(String(repeating: "[", count: 100_000)) }
  }

  @Test func aliasesCannotExplode() {
    var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in 1..<10 {
      yaml += "a\(i): &a\(i) [" + Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    let error = #expect(throws: DocumentError.self) { try YAMLReader.read(yaml) }
    #expect(error?.message == "more than a million values, counting what aliases repeat")
  }
}
