import Documents
import Foundation
import Testing

@testable import Formats

/// Files that llama.cpp's Python package wrote; `gguf_vectors.py` made them.
@Suite struct GGUFTests {
  static func path(_ name: String) -> String { (Bundle.module.resourcePath ?? "") + "/GGUF/\(name)" }

  static let kinds = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]

  @Test(arguments: kinds) func numbersAreThoseThatLlamaCppUnpacks(_ kind: String) throws {
    let file = try GGUF(path: Self.path("types.gguf"))
    let expected = try JSONReader.read(try readFile(Self.path("types.json"))).object().required(kind).object()
    let values = try expected.required("values").list().map { try $0.number() }
    let tensor = try #require(file.tensor(named: kind))
    #expect(try expected.required("shape").list().map { try $0.integer() } == tensor.shape)
    #expect(tensor.type.name == kind)
    var numbers = [Float](repeating: .nan, count: tensor.count)
    try numbers.withUnsafeMutableBufferPointer { buffer throws(FileError) in try file.read(tensor, into: buffer) }
    for (number, value) in zip(numbers, values) {
      #expect(abs(Double(number) - value) <= 1e-6 * max(1, abs(value)))
    }
  }

  /// `tokenizer_vectors.py` wrote the same tokenizer for both.
  @Test func aSentencePieceTokenizerIsWhatTransformersMakesOfIt() throws {
    let tokenizer = try Tokenizer(GGUF(path: Self.path("sentencepiece.gguf")))
    let expected = try TokenizerTests.tokenizer("sentencepiece")
    for entry in try JSONReader.read(TokenizerTests.bytes("strings")).list() {
      let text = try entry.object("a case").required("text").string()
      let ids = tokenizer.encode(text)
      #expect(ids == expected.encode(text) && tokenizer.decode(ids) == expected.decode(ids), "\(text.debugDescription)")
    }
    #expect(tokenizer.special.beginning == 1 && tokenizer.encode("a", addSpecialTokens: true).first == 1)
  }

  @Test func valuesAreRead() throws {
    let file = try GGUF(path: Self.path("types.gguf"))
    guard case .string("é")? = file.values["a.text"], case .number(0.5)? = file.values["a.number"],
      case .list(let list)? = file.values["a.list"], case .integer(3)? = list.last, list.count == 3
    else {
      Issue.record("the values differ")
      return
    }
  }

  /// Cut off anywhere, or with a byte changed anywhere in its header: an error or numbers, never a crash.
  @Test func aDamagedFileIsAnErrorAtMost() throws {
    let bytes = try readFile(Self.path("types.gguf"))
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "damaged.gguf")
    func isRead(_ bytes: some Sequence<UInt8>) throws -> Bool {
      try Data(bytes).write(to: path)
      guard let file = try? GGUF(path: path.path) else { return false }
      for tensor in file.tensors {
        var numbers = [Float](repeating: 0, count: tensor.count)
        _ = try? numbers.withUnsafeMutableBufferPointer { buffer throws(FileError) in
          try file.read(tensor, into: buffer)
        }
      }
      return true
    }
    for count in stride(from: 0, to: bytes.count - 64, by: 37) { #expect(try !isRead(bytes.prefix(count))) }
    for place in stride(from: 0, to: 1200, by: 3) {
      for change in [0xff, 0x80, 0x01] as [UInt8] {
        var changed = bytes
        changed[place] ^= change
        _ = try isRead(changed)
      }
    }
  }

  @Test func anotherFileIsRefused() {
    #expect(throws: FileError.self) { try GGUF(path: Self.path("types.json")) }
  }
}
