import Foundation
import Testing

@testable import WebPage

@Suite struct PlayerPageTests {
  static let hostile = "</script><script>alert(1)</script>{{script}}<title>Gradus</title>\"'&\u{2028}\0"

  static var page: PlayerPage {
    var configuration = PageConfiguration(name: "ppo", title: "PPO")
    configuration.settings = [("cliprange", "0.1")]
    var page = PlayerPage(configuration)
    page.engine = [0, 1, 2, 3]
    page.diagrams = [("clip:1", "<svg></svg>")]
    return page
  }

  static func text(_ page: PlayerPage) throws -> String { String(decoding: try page.html().bytes, as: UTF8.self) }

  @Test func whatAUserWritesIsNeverMarkup() throws {
    var configuration = PageConfiguration(name: Self.hostile, title: Self.hostile, document: Self.hostile)
    configuration.settings = [(Self.hostile, Self.hostile)]
    configuration.variant = [(Self.hostile, Self.hostile)]
    configuration.preset = Self.hostile
    configuration.gallery = [.init(name: Self.hostile, file: Self.hostile, title: Self.hostile)]
    var cell = PageTour.Cell()
    (cell.commands, cell.plot, cell.drawing, cell.caption) = ([Self.hostile], Self.hostile, Self.hostile, Self.hostile)
    configuration.tour = PageTour(
      name: Self.hostile, title: Self.hostile,
      scenes: [
        .init(
          title: Self.hostile,
          parts: [
            .prose(Self.hostile), .cell(cell), .recorded(commands: [Self.hostile], output: [Self.hostile]),
            .number(expression: Self.hostile), .choices([(Self.hostile, Self.hostile)]),
          ])
      ])
    configuration.moments = [GalleryPage.Link(Self.hostile, at: 1, picture: Self.hostile)]
    var page = Self.page
    let scripts = try Self.text(page).ranges(of: "<script").count
    let ends = try Self.text(page).ranges(of: "</script").count
    page.configuration = configuration
    page.diagrams = [(Self.hostile, Self.hostile)]
    page.recording = Self.hostile
    let text = try Self.text(page)
    #expect(text.ranges(of: "<script").count == scripts)
    #expect(text.ranges(of: "</script").count == ends)
    #expect(text.ranges(of: "<title>").count == 1)
    #expect(!text.contains("alert(1)</"))
    #expect(!text.utf8.contains(0))
    let title = try #require(text.firstMatch(of: /<title>([^<]*)<\/title>/))
    #expect(title.1.hasPrefix("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{script}}&lt;title&gt;Gradus"))
  }

  @Test func onlyAPageThatTrainsHasWhatTrainingNeeds() throws {
    let plain = try Self.text(Self.page)
    var page = Self.page
    page.training = [4, 5, 6]
    page.configuration.training = ("grpo", [("max_steps", "9")])
    let text = try Self.text(page)
    let script = try ScriptBundle.script(of: PageFile.modules + PageFile.trainingModules)
    #expect(script.contains("// training-worker.js"))
    for mark in [
      "worker-src blob:", "id=\"gradus-training\"", try Gzip.text(of: Array(script.utf8)), ".training-charts {",
      "\"training\":",
    ] {
      #expect(text.contains(mark) && !plain.contains(mark), "\(mark.prefix(40))")
    }
    let plainScript = try ScriptBundle.script(of: PageFile.modules)
    #expect(!plainScript.contains("// training-worker.js"))
    #expect(plain.contains(try Gzip.text(of: Array(plainScript.utf8))))
    let match = try #require(text.firstMatch(of: /id="gradus-config">(.*?)<\/script>/))
    let read = try #require(try JSONSerialization.jsonObject(with: Data(match.1.utf8)) as? NSDictionary)
    #expect(read["training"] as? NSDictionary == ["trainer": "grpo", "settings": [["max_steps", "9"]]])
  }

  @Test func theConfigurationReadsBackAsItWas() throws {
    var page = Self.page
    page.configuration = PageConfiguration(name: "mine", title: "", document: "{\"title\":\"</script>\"}")
    page.configuration.settings = [("cliprange", "0.1"), ("seed", "8")]
    page.configuration.beat = 12
    page.configuration.preset = "trl"
    (page.configuration.program, page.configuration.isFigure) = ("1.2.3", true)
    page.configuration.description = "A \"claim\" & more"
    page.configuration.previewImage = "https://example.org/ppo.png"
    page.configuration.variant = []
    page.configuration.gallery = [.init(name: "dpo", file: "dpo.html", title: "DPO & more")]
    page.configuration.moments = [GalleryPage.Link("there", at: 7, picture: "clip")]
    page.configuration.tour = PageTour(
      name: "ppo", title: "T",
      scenes: [.init(title: "S", parts: [.prose("a"), .choices([("b", "1")]), .number(expression: "c")])])
    let match = try #require(try Self.text(page).firstMatch(of: /id="gradus-config">(.*?)<\/script>/))
    let read = try #require(try JSONSerialization.jsonObject(with: Data(match.1.utf8)) as? NSDictionary)
    let wanted: NSDictionary = [
      "source": ["name": "mine", "document": "{\"title\":\"</script>\"}"], "preset": "trl",
      "settings": [["cliprange", "0.1"], ["seed", "8"]], "at": 12, "variant": [String](),
      "gallery": [["name": "dpo", "file": "dpo.html", "title": "DPO & more"]], "version": read["version"] ?? "",
      "figure": true,
      "moments": [["there", "at=7&picture=clip"]],
      "tour": [
        "name": "ppo", "title": "T",
        "scenes": [["title": "S", "parts": [["prose": "a"], ["choices": [["b", "1"]]], ["number": "c"]]]],
      ],
    ]
    #expect(read == wanted)
    #expect((read["version"] as? String)?.wholeMatch(of: /1\.2\.3 \(page [0-9a-f]{12}\)/) != nil)
    let text = try Self.text(page)
    #expect(text.contains("<meta name=\"description\" content=\"A &quot;claim&quot; &amp; more\">"))
    #expect(text.contains("<meta property=\"og:image\" content=\"https://example.org/ppo.png\">"))
    #expect(text.contains("<meta name=\"twitter:card\" content=\"summary_large_image\">"))
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    #expect(try Self.page.html().bytes == Self.page.html().bytes)
  }

  @Test func thePartsAreThereAndUnpack() throws {
    var page = Self.page
    page.recording = "{\"overview\":{},\"views\":[]}"
    let text = try Self.text(page)
    for (id, wanted) in [
      ("engine", "\0\u{1}\u{2}\u{3}"), ("diagrams", "{\"clip:1\":\"<svg></svg>\"}"),
      ("recording", "{\"overview\":{},\"views\":[]}"),
    ] {
      let packed = try #require(text.firstMatch(of: try Regex<(Substring, Substring)>("id=\"gradus-\(id)\">([^<]*)<")))
      let bytes = Data(try #require(Base85.bytes(of: String(packed.1))))
      #expect([UInt8](bytes) == (try Gzip.compress(Array(wanted.utf8))))
    }
  }

  @Test func diagramsThatDoNotFitAreLeftOut() throws {
    var random = SystemRandomNumberGenerator()
    var page = Self.page
    page.diagrams = (0..<40).map { number in
      ("noise:\(number)", (0..<100_000).map { _ in String(UInt8.random(in: 0...99, using: &random)) }.joined())
    }
    let written = try page.html()
    #expect(written.omitted > 0 && written.omitted < 40)
    #expect(written.bytes.count <= PlayerPage.limit)
    #expect(written.bytes.count > PlayerPage.limit * 9 / 10)
  }

  @Test func aTemplateWithoutAPlaceIsAnError() {
    let file = PageFile(name: "a.html", text: "<b></b><b></b>")
    for (mark, count) in [("<i></i>", 0), ("<b></b>", 2)] {
      let error = #expect(throws: PageError.self) { try PageTemplate(file, marks: [mark]) }
      #expect(error?.message == "page/a.html: needs '\(mark)' once, and has it \(count) times")
    }
  }

  @Test(arguments: ["a {}\n</STYLE>", "a {}\n@import \"b.css\";", "a {}\nb { background: url(x.png) }", "a {}\nb {}\r"])
  func aStyleThatCannotStandInAPageIsAnError(text: String) {
    let error = #expect(throws: PageError.self) { try HTML.checkedStyle(PageFile(name: "a.css", text: text)) }
    #expect(error?.message.hasPrefix("page/a.css:2: ") == true)
  }
}
