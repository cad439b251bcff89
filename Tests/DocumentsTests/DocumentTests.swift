import Documents
import Testing

@Suite struct DocumentTests {
  private let fields: Fields
  private let text = #"{"n": 1.5, "i": 3, "s": "text", "b": true, "l": [1], "z": null, "beat": 0}"#

  init() throws { fields = try JSONReader.read(text).object("the scenario") }

  @Test func typedAccess() throws {
    #expect(try fields.required("n").number() == 1.5)
    #expect(try fields.required("i").integer() == 3)
    #expect(try fields.required("s").string() == "text")
    #expect(try fields.required("b").bool())
    #expect(try fields.required("l").list().count == 1)
    #expect(try fields.required("z").isNull)
    #expect(fields.optional("z") == nil && fields.optional("absent") == nil && fields.optional("n") != nil)
  }

  private func message(_ body: () throws -> Void) -> String? {
    #expect(throws: DocumentError.self, performing: body)?.description
  }

  @Test func wrongTypesAreExplained() {
    #expect(
      message { _ = try fields.required("s").number("beta") } == "1:25: beta must be a number, found the string 'text'")
    #expect(
      message { _ = try fields.required("n").integer("seed") }
        == "1:7: seed must be a whole number, found the number 1.5")
    #expect(message { _ = try fields.required("i").string() } == "1:17: the value must be a string, found the number 3")
    #expect(message { _ = try fields.required("l").bool() } == "1:49: the value must be true or false, found a list")
    #expect(message { _ = try fields.required("b").list() } == "1:38: the value must be a list, found true")
    #expect(message { _ = try fields.required("z").object() } == "1:59: the value must be an object, found null")
    let long = Document(.string(String(repeating: "x", count: 50)), line: 2, column: 3)
    #expect(
      message { _ = try long.bool() }
        == "2:3: the value must be true or false, found the string '\(String(repeating: "x", count: 39))…'")
  }

  @Test(arguments: [(Double.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity")])
  func numbersAreFinite(number: Double, name: String) {
    let document = Document(.number(number), line: 4, column: 2)
    #expect(message { _ = try document.number("beta") } == "4:2: beta must be a finite number, found \(name)")
    #expect(message { _ = try document.integer("seed") } == "4:2: seed must be a whole number, found \(name)")
  }

  @Test func integersAreExact() throws {
    #expect(try Document(.number(0x1p53), line: 1, column: 1).integer() == 1 << 53)
    #expect(
      message { _ = try Document(.number(0x1p54), line: 1, column: 1).integer() }
        == "1:1: the value must be a whole number, found the number 1.8014398509481984e+16")
  }

  @Test func missingAndUnknownKeys() {
    #expect(message { _ = try fields.required("seed") } == "1:1: the scenario needs the key 'seed'")
    let known = ["n", "i", "s", "b", "l", "z"]
    #expect(
      message { try fields.rejectUnknown(allowed: known + ["beta"]) }
        == "1:65: unknown key 'beat' in the scenario; did you mean 'beta'?")
    #expect(
      message { try fields.rejectUnknown(allowed: known) }
        == "1:65: unknown key 'beat' in the scenario; the keys are: n, i, s, b, l, z")
    #expect(throws: Never.self) { try fields.rejectUnknown(allowed: known + ["beat"]) }
  }
}
