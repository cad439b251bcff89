import Foundation
import Testing

@Suite struct TraceTests {
  @Test func aFolderGetsTheDocumentAndItsDiagrams() throws {
    let program = try Program()
    let result = try program(["trace", "ppo", "--output", "out/of"])
    #expect(result.errors == "")
    let document = try program.read("out/of/trace.md")
    let files = try FileManager.default.contentsOfDirectory(atPath: program.file("out/of").path)
    let pictures = files.filter { $0.hasSuffix(".svg") }
    #expect(result.output == "wrote out/of/trace.md and \(pictures.count) pictures beside it\n")
    #expect(pictures.count > 5)
    #expect(files.count == pictures.count + 1)
    for picture in pictures {
      #expect(document.contains("(\(picture))"), "\(picture) is not shown")
      #expect(try program.read("out/of/\(picture)").hasPrefix("<svg"))
    }
  }

  @Test func theDocumentAloneShowsNoDiagrams() throws {
    let result = try Program()(["trace", "ppo"])
    #expect(result.output.hasPrefix("#"))
    #expect(!result.output.contains(".svg"))
  }

  @Test func jsonIsTheSameWhereverItGoes() throws {
    let program = try Program()
    let json = try program(["trace", "ppo", "--format", "json", "--output", "-"]).output
    _ = try program(["trace", "ppo", "--format", "json", "--output", "some.json"])
    _ = try program(["trace", "ppo", "--format", "json", "--output", "folder"])
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
    #expect(try program.read("some.json") == json)
    #expect(try program.read("folder/trace.json") == json)
  }

  @Test(arguments: ["svg", "png", "pdf", "dot"])
  func theEndingTellsTheFormatOfADiagram(format: String) throws {
    let program = try Program()
    let result = try program(["diagram", "ppo", "pipeline", "--output", "p.\(format)"])
    #expect(result.errors == "")
    let start = ["svg": "<svg", "png": "\u{fffd}PNG", "pdf": "%PDF", "dot": "digraph"][format] ?? ""
    let text = String(decoding: try Data(contentsOf: program.file("p.\(format)")), as: UTF8.self)
    #expect(text.hasPrefix(start))
    #expect(try program(["diagram", "ppo", "pipeline", "--format", format, "--output", "-"]).output.hasPrefix(start))
  }

  @Test func compareTellsWhatMoved() throws {
    let result = try Program()(["compare", "ppo", "--set", "cliprange=0.01"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("ratio"))
    let json = try Program()(["compare", "ppo", "--set", "cliprange=0.01", "--json"]).output
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
  }
}
