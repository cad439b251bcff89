import Documents
import Testing

@Suite struct DocumentJSONTests {
  @Test(arguments: [
    "null", "true", "[]", "{}", #"{"a":[1,-2.5,1e-300],"b":{"c":"\"\\ é\n\u007f 🎬"},"":null}"#,
  ])
  func readingAndWritingChangesNothing(text: String) throws {
    #expect(try JSONReader.read(Array(text.utf8)).json == text)
  }

  @Test(arguments: [
    0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0x1.fffffffffffffp-1, 1 / 3, 9_007_199_254_740_992,
    1e22, 1e21,
    123_456_789,
  ])
  func aNumberKeepsItsBits(number: Double) throws {
    let text = Document(.number(number), line: 1, column: 1).json
    #expect(try JSONReader.read(Array(text.utf8)).number().bitPattern == number.bitPattern, "\(text)")
  }

  @Test func whatJSONLacksIsNull() {
    let infinity = Document(.number(-.infinity), line: 1, column: 1)
    #expect(Document(.list([infinity]), line: 1, column: 1).json == "[null]")
  }

  @Test func deepListsStayWithinTheStack() throws {
    let text = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(try JSONReader.read(Array(text.utf8)).json == text)
  }
}
