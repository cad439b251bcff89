import Documents
import Testing

@Suite struct JSONWriterTests {
  private func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.key("a")
    json.beginArray()
    for number in [1, 0.1, -0.0, 1e300, .nan, .infinity] { json.number(number) }
    json.endArray()
    json.key("b")
    json.beginObject()
    json.endObject()
    json.key("c")
    json.beginArray()
    json.endArray()
    json.key("d")
    json.bool(true)
    json.key("e")
    json.null()
    json.key("f")
    json.integer(-7)
    json.endObject()
  }

  @Test func compact() throws {
    var json = JSONWriter()
    write(&json)
    #expect(json.text == #"{"a":[1,0.1,-0,1e+300,null,null],"b":{},"c":[],"d":true,"e":null,"f":-7}"#)
    #expect(throws: Never.self) { try JSONReader.read(json.text) }
  }

  @Test func indented() {
    var json = JSONWriter(indented: true)
    write(&json)
    #expect(
      json.text == """
        {
         "a": [
          1,
          0.1,
          -0,
          1e+300,
          null,
          null
         ],
         "b": {},
         "c": [],
         "d": true,
         "e": null,
         "f": -7
        }
        """)
  }

  @Test func listsOnOneLine() {
    func text(indented: Bool) -> String {
      var json = JSONWriter(indented: indented)
      json.beginObject()
      json.key("a")
      json.numbers([1, -0.5])
      json.key("b")
      json.strings(["x", "\n"])
      json.key("c")
      json.numbers([])
      json.endObject()
      return json.text
    }
    #expect(text(indented: false) == #"{"a":[1,-0.5],"b":["x","\n"],"c":[]}"#)
    #expect(text(indented: true) == "{\n \"a\": [1, -0.5],\n \"b\": [\"x\", \"\\n\"],\n \"c\": []\n}")
  }

  @Test func severalLines() {
    var json = JSONWriter()
    json.beginArray()
    json.string("x")
    json.beginArray()
    json.endArray()
    json.string("y")
    json.endArray()
    #expect(json.text == #"["x",[],"y"]"#)
  }

  @Test(arguments: [
    ("plain é日👍", #""plain é日👍""#, #""plain é日👍""#),
    ("\"\\\n\r\t\0\u{1f}", #""\"\\\n\r\t\u0000\u001f""#, #""\"\\\n\r\t\u0000\u001f""#),
    ("\r\n", #""\r\n""#, #""\r\n""#), ("</script>&", #""</script>&""#, #""\u003c/script\u003e\u0026""#),
    ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\"", #""\u2028\u2029""#),
  ])
  func strings(text: String, plain: String, htmlSafe: String) throws {
    for (option, expected) in [(false, plain), (true, htmlSafe)] {
      var json = JSONWriter(htmlSafe: option)
      json.string(text)
      #expect(json.text == expected)
      #expect(Array(try JSONReader.read(json.text).string().utf8) == Array(text.utf8))
    }
  }
}
