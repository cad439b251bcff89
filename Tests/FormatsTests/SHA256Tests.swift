import Formats
import Foundation
import Testing

@Suite struct SHA256Tests {
  /// The examples that NIST publishes for FIPS 180-4.
  static let examples = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (String(repeating: "a", count: 100_000), "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
  ]

  @Test(arguments: examples)
  func theStandardsExamplesComeOut(text: String, hash: String) {
    #expect(SHA256.hexadecimal(Array(text.utf8)) == hash)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/sha256sum")))
  func theHashIsThatOfTheCommand() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    // Around the lengths at which the padding needs another block, and some long ones.
    let lengths = Array(50...70) + [118, 119, 120, 127, 128, 129, 4095, 4096, 65537]
    var random = SystemRandomNumberGenerator()
    for length in lengths {
      let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      try Data(bytes).write(to: file)
      #expect(try printed(by: "/usr/bin/sha256sum", file).hasPrefix(SHA256.hexadecimal(bytes)), "\(bytes)")
    }
  }

  private func printed(by program: String, _ file: URL) throws -> String {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: program)
    process.arguments = [file.path]
    process.standardOutput = pipe
    try process.run()
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }
}
