import Formats
import Recording
import Testing

@Suite struct YAMLBytesTests {
  @Test func bytesAreText() throws {
    #expect(try YAMLReader.read(Array("a: é".utf8)).object().required("a").string() == "é")
  }

  @Test(arguments: [
    ([0xff], 1, 1), (Array("a: 1\nb: ".utf8) + [0xc3, 0x28], 2, 4), (Array("é".utf8) + [0xe2, 0x82], 1, 2),
  ])
  func whatIsNotTextIsLocated(bytes: [UInt8], line: Int, column: Int) {
    let expected = DocumentError(line: line, column: column, message: "the file is not valid UTF-8 text")
    #expect(throws: expected) { try YAMLReader.read(bytes) }
  }
}
