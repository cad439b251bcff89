import Foundation
import Testing
import WebPage

@Suite struct GzipTests {
  static let gzip = ["/usr/bin/gzip", "/bin/gzip"].first { FileManager.default.fileExists(atPath: $0) }

  @Test(.enabled(if: gzip != nil), arguments: [0, 1, 65_535, 300_000])
  func theCommandUnpacksIt(count: Int) throws {
    let folder = try Folder()
    var random = SystemRandomNumberGenerator()
    // Neither only noise nor only repetition.
    let bytes = (0..<count).map { $0 % 7 == 0 ? UInt8.random(in: .min ... .max, using: &random) : UInt8($0 % 251) }
    let file = try folder.write(Gzip.compress(bytes), to: "packed.gz")
    #expect(try folder.output(of: #require(Self.gzip), ["-d", "-c", file.path]) == bytes)
  }

  @Test func noTimeAndNoSystemAreInTheHeader() throws {
    let packed = try Gzip.compress(Array("the film was great".utf8))
    #expect(packed.prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255])
  }

  @Test func noiseFitsToo() throws {
    var random = SystemRandomNumberGenerator()
    let noise = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    #expect(try Gzip.compress(noise).count > noise.count)
  }
}
