import Documents
import Formats
import Foundation
import Recording
import Reporting
import Simulation
import Testing
import WebPage

@testable import gradus

@Suite struct WebCommandTests {
  /// Small, so that tests are fast.
  static let batch = PagesTests.root.appending(path: "Documentation/example.batch.json")
  /// Enough of an engine to be put into a page.
  static let module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + Array("gradus_ask".utf8)

  private func page(_ arguments: [String], in program: Program) throws -> String {
    try program.write(Self.module, to: "engine.wasm")
    let options = arguments + ["--module", "engine.wasm", "--output", "page.html"]
    let result = try program(["web"] + options)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("wrote page.html: "))
    return try program.read("page.html")
  }

  /// What is between the tags of an element.
  private func content(of start: String, in page: String) throws -> String {
    let begin = try #require(page.range(of: start), "there is no \(start)")
    let end = try #require(page.range(of: "</s", range: begin.upperBound..<page.endIndex))
    return String(page[begin.upperBound..<end.lowerBound])
  }

  private func unpacked(_ id: String, of page: String) throws -> Data {
    let text = try content(of: "id=\"gradus-\(id)\">", in: page)
    let folder = try Program()
    try folder.write(try #require(Base85.bytes(of: text)), to: "part.gz")
    #expect(try folder.shell("gzip -d part.gz").errors == "")
    return try Data(contentsOf: folder.file("part"))
  }

  private func configuration(of page: String) throws -> NSDictionary {
    let json = Data(try content(of: "id=\"gradus-config\">", in: page).utf8)
    return try #require(try JSONSerialization.jsonObject(with: json) as? NSDictionary)
  }

  // MARK: The file

  @Test func thePolicyNamesTheScriptAndTheStyleAndNothingFromElsewhere() throws {
    let program = try Program()
    let page = try page([Self.batch.path], in: program)
    let policy = try #require(page.firstMatch(of: /http-equiv="Content-Security-Policy" content="([^"]*)"/))
    // What starts the page, what that unpacks, and the style.
    let start = try content(of: "<script type=\"module\">", in: page)
    let script = String(decoding: try unpacked("script", of: page), as: UTF8.self)
    let style = try content(of: "<style>", in: page)
    for (kind, place, part) in [("script", 0, start), ("script", 1, script), ("style", 0, style)] {
      try program.write(part, to: "part")
      // macOS calls the command otherwise.
      let printed = try program.shell("(sha256sum part || shasum -a 256 part) 2>/dev/null").output.prefix(64)
      let named = try #require(policy.1.firstMatch(of: try Regex<(Substring, Substring)>("\(kind)-src ([^;]*)")))
      let hashes = named.1.matches(of: /'sha256-([^']*)'/).map { Data(base64Encoded: String($0.1)) }
      let hash = try #require(hashes[place])
      #expect(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == printed)
    }
    #expect(policy.1.hasPrefix("default-src 'none'; "))
    #expect(policy.1.hasSuffix("img-src data:; base-uri 'none'; form-action 'none'"))
    for match in page.matches(of: /https?:[^"'\s]*/) {
      #expect(match.0.hasPrefix("http://www.w3.org/"), "\(match.0)")
    }
    #expect(!page.contains(/<[^>]*\s(on[a-z]+|style)=/), "inline handlers and styles are refused by the policy")
    // An icon of its own, which is empty: a browser would ask for one.
    #expect(!page.contains(/<(link(?! rel="icon" href="data:,">)|img|iframe)\b/))
  }

  @Test func thePartsAreThoseOfTheSource() throws {
    let page = try page(
      [Self.batch.path, "--set", "beta=0.5", "--variant", "beta=0", "--at", "loss"], in: try Program())
    let configuration = try configuration(of: page)
    let document = try #require((configuration["source"] as? NSDictionary)?["document"] as? String)
    let source = try Source(JSONReader.read(document), name: "example")
    #expect(
      TraceJSON.text(source.record(), source: source)
        == TraceJSON.text(try Source(named: Self.batch.path).record(), source: source))
    #expect(configuration["settings"] as? [[String]] == [["beta", "0.5"]])
    #expect(configuration["variant"] as? [[String]] == [["beta", "0"]])
    let loss = try #require(source.record().stages.first { $0.name == "loss" })
    #expect(configuration["at"] as? Int == loss.beats.lowerBound)
    #expect(try unpacked("engine", of: page) == Data(Self.module))
    #expect(try content(of: "id=\"gradus-recording\">", in: page) == "")
  }

  @Test func everyShapeOfTheStagesIsDrawn() throws {
    let page = try page([Self.batch.path, "--variant", "beta=0"], in: try Program())
    let drawings = try #require(
      try JSONSerialization.jsonObject(with: unpacked("diagrams", of: page)) as? [String: String])
    let source = try Source(named: Self.batch.path)
    var variant = source
    try variant.set("beta", to: "0")
    let shapes = (StageShape.all(of: source.record()) + StageShape.all(of: variant.record())).filter { !$0.dot.isEmpty }
    #expect(Set(drawings.keys) == Set(shapes.map { $0.id }))
    for (shape, svg) in drawings {
      #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"), "\(shape)")
      #expect(!svg.contains("<!--") && !svg.contains("<?xml") && !svg.contains("<!DOCTYPE"))
      #expect(svg.contains("id=\"n0\""))
    }
  }

  @Test func theSameCommandWritesTheSameBytes() throws {
    let program = try Program()
    let first = try page(["sft"], in: program)
    #expect(try page(["sft"], in: program) == first)
    #expect(first.utf8.count < PlayerPage.limit)
    try program.write(Self.module, to: "engine.wasm")
    #expect(try program(["web", "sft", "--module", "engine.wasm", "--output", "-"]).output == first)
  }

  @Test func aPictureForLinksStandsBesideThePage() throws {
    let program = try Program()
    try program.write(Self.module, to: "engine.wasm")
    let options = ["--module", "engine.wasm", "--url", "https://example.org/a"]
    #expect(try program(["web", "sft"] + options + ["--output", "mine.html"]).errors == "")
    #expect(try program.read("mine.html").contains("og:image\" content=\"https://example.org/a/mine.png\""))
    #expect(try Data(contentsOf: program.file("mine.png")).starts(with: [0x89] + Array("PNG".utf8)))
    let nowhere = try program(["web", "sft"] + options + ["--output", "-"])
    #expect(nowhere.exitCode == 64)
    #expect(nowhere.errors.contains("--url writes a picture beside the page: give --output a file"))
  }

  @Test(arguments: Scenario.builtIn)
  func aScenarioFileIsTheSameAsJSON(scenario: Scenario) throws {
    let json = try YAMLReader.read(ScenarioYAML.text(scenario)).json
    #expect(try Scenario(JSONReader.read(json), name: scenario.name) == scenario)
  }

  // MARK: The engine

  @Test func withoutAnEngineThePageHoldsTheRecording() throws {
    let program = try Program()
    // Elsewhere than where it was built there is no engine beside the program.
    try FileManager.default.createDirectory(at: program.file("bin"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Program.executable, to: program.file("bin/gradus"))
    try program.write(try String(contentsOf: Self.batch, encoding: .utf8), to: "mine.json")
    let result = try program.shell("bin/gradus web mine.json --output page.html")
    #expect(result.errors.hasPrefix("There is no engine for the page"))
    #expect(result.errors.contains("make wasm"))
    #expect(result.exitCode == 0)
    let page = try program.read("page.html")
    #expect(try content(of: "id=\"gradus-engine\">", in: page) == "")
    let recording = try #require(
      try JSONSerialization.jsonObject(with: unpacked("recording", of: page)) as? NSDictionary)
    let trace = try Source(named: Self.batch.path).record()
    #expect((recording["overview"] as? NSDictionary)?["beats"] as? Int == trace.beats.count)
    let views = try #require(recording["views"] as? [NSDictionary])
    #expect(views.map { $0["at"] as? Int } == trace.beats.indices.map { $0 })

    try program.write(Self.module, to: "share/gradus/gradus.wasm")
    #expect(try program.shell("bin/gradus web mine.json --output page.html").errors == "")
    #expect(try unpacked("engine", of: program.read("page.html")) == Data(Self.module))
  }

  @Test func aRecordingThatIsTooLargeEndsEarlier() throws {
    let named = try NamedSource(Self.batch.path)
    let configuration = PageConfiguration(name: "example", title: "", document: named.document?.json)
    let trace = named.source.record()
    let recording = try PageRecording(configuration, beats: trace.beats.count, limit: 20_000)
    #expect(recording.beats > 1 && recording.beats < trace.beats.count)
    let fields = try JSONReader.read(recording.json).object()
    #expect(try fields.required("views").list().count == recording.beats)
    let overview = try fields.required("overview").object()
    #expect(try overview.required("beats").integer() == recording.beats)
    let counts = try overview.required("stages").list().map { try $0.object().required("count").integer() }
    #expect(counts.reduce(0, +) == recording.beats)
  }

  @Test func theEngineIsFoundWhereItIsInstalledOrBuilt() throws {
    let program = try Program()
    for file in ["prefix/bin/gradus", "sources/.build/x/debug/gradus"] { try program.write("", to: file) }
    let found = { EngineModule.find(from: program.file($0))?.resolvingSymlinksInPath().path }
    #expect(found("prefix/bin/gradus") == nil)
    #expect(found("sources/.build/x/debug/gradus") == nil)
    for file in ["prefix/share/gradus/gradus.wasm", "sources/.build/wasm/gradus.wasm"] {
      try program.write("", to: file)
    }
    let path = { program.file($0).resolvingSymlinksInPath().path }
    #expect(found("prefix/bin/gradus") == path("prefix/share/gradus/gradus.wasm"))
    #expect(found("sources/.build/x/debug/gradus") == path("sources/.build/wasm/gradus.wasm"))
    try FileManager.default.createSymbolicLink(
      at: program.file("link"), withDestinationURL: program.file("prefix/bin/gradus"))
    #expect(found("link") == path("prefix/share/gradus/gradus.wasm"))
  }

  // MARK: What goes wrong

  struct Wrong: Sendable {
    let arguments: [String]
    let message: String
    let code: Int32
  }

  static let wrong = [
    Wrong(arguments: ["pppo"], message: "there is no built-in scenario and no file 'pppo'", code: 66),
    Wrong(arguments: ["sft", "--at", "nowhere"], message: "nowhere", code: 64),
    Wrong(arguments: ["sft", "--at", "99999"], message: "there is no beat 99999", code: 64),
    Wrong(arguments: ["sft", "--set", "cliprnge=1"], message: "cliprnge", code: 64),
    Wrong(arguments: ["sft", "--variant", "betta=1"], message: "betta", code: 64),
    Wrong(arguments: ["sft", "--variant", "beta"], message: "write option=value", code: 64),
    Wrong(arguments: ["sft", "--preset", "trl"], message: "preset trl says nothing of sft", code: 64),
    Wrong(arguments: ["sft", "--module", "none.wasm"], message: "none.wasm: there is no such file", code: 66),
    Wrong(arguments: ["sft", "--module", "text.wasm"], message: "text.wasm: is not a WebAssembly module", code: 65),
    Wrong(arguments: ["sft", "--module", "old.wasm"], message: "old.wasm: is not the engine of a page", code: 65),
    Wrong(arguments: [], message: "name a SOURCE", code: 64),
    Wrong(arguments: ["sft", "--all"], message: "leave sft out", code: 64),
    Wrong(arguments: ["--all", "--set", "seed=1"], message: "--all writes the scenarios as they are", code: 64),
  ]

  @Test(arguments: wrong)
  func whatGoesWrongIsToldAndNothingIsWritten(wrong: Wrong) throws {
    let program = try Program()
    try program.write("text", to: "text.wasm")
    try program.write(Array(Self.module.prefix(8)), to: "old.wasm")
    let result = try program(["web"] + wrong.arguments + ["--output", "page.html"])
    #expect(result.errors.contains(wrong.message), "\(result.errors)")
    #expect(result.exitCode == wrong.code)
    #expect(result.output == "")
    #expect(try program.fileNames() == ["text.wasm", "old.wasm"])
  }

  @Test func aPathThatCannotBeWrittenIsAnError() throws {
    let program = try Program()
    try program.write(Self.module, to: "engine.wasm")
    let result = try program(["web", Self.batch.path, "--module", "engine.wasm", "--output", "none/page.html"])
    #expect(result.errors == "Error: none/page.html: cannot be written: No such file or directory\n")
    #expect(result.exitCode == 74)
  }
}
