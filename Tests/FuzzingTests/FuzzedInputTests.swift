import Foundation
import FuzzReaders
import Testing

/// What fuzzing begins with and what it has found: every input is read or refused, and none crashes.
@Suite struct FuzzedInputTests {
  @Test(arguments: Reader.all.map(\.name)) func inputsAreReadOrRefused(name: String) throws {
    let reader = try #require(Reader.named(name))
    let folder = try #require(Bundle.module.url(forResource: "Inputs/\(name)", withExtension: nil))
    let inputs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(!inputs.isEmpty)
    for input in inputs { reader.read(Array(try Data(contentsOf: input))) }
  }
}
