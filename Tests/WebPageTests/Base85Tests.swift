import Testing
import WebPage

@Suite struct Base85Tests {
  @Test func bytesComeBack() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SystemRandomNumberGenerator()
    for count in Array(0...40) + [1000, 65_537] {
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      let text = Base85.text(of: bytes)
      #expect(Base85.bytes(of: text) == bytes, "\(count) bytes of \(seed): \(text.prefix(60))")
      #expect(text.utf8.count == count / 4 * 5 + (count % 4 == 0 ? 0 : count % 4 + 1))
    }
    for byte in [UInt8.min, .max] {
      for count in 1...9 {
        let bytes = [UInt8](repeating: byte, count: count)
        #expect(Base85.bytes(of: Base85.text(of: bytes)) == bytes)
      }
    }
  }

  @Test func nothingInItEndsAnElement() {
    let text = Base85.text(of: (0..<65_536).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256) })
    #expect(!text.contains { "<>&\"'`\\ \n".contains($0) })
  }

  @Test(arguments: ["0", "a<b", "~~~~~", "00000é"]) func whatIsNoSuchTextIsNil(text: String) {
    #expect(Base85.bytes(of: text) == nil)
  }
}
