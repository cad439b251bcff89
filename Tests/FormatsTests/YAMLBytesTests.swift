import Documents
import Formats
import Testing

@Suite struct YAMLBytesTests {
  @Test(arguments: ["a: é", "\u{feff}a: é", "\u{feff}b:\r\n  c: 1\r\na: é\r\n"])
  func bytesAreText(text: String) throws {
    #expect(try YAMLReader.read(Array(text.utf8)).object().required("a").string() == "é")
  }

  @Test(arguments: [
    ([0xff], 1, 1), (Array("a: 1\nb: ".utf8) + [0xc3, 0x28], 2, 4), (Array("é".utf8) + [0xe2, 0x82], 1, 2),
  ])
  func whatIsNotTextIsLocated(bytes: [UInt8], line: Int, column: Int) {
    let expected = DocumentError(line: line, column: column, message: "the file is not valid UTF-8 text")
    #expect(throws: expected) { try YAMLReader.read(bytes) }
  }
}
