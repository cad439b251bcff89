import Foundation
import Testing

extension PageTests.WithEngine {
  /// Whatever a batch, a scenario, a file's name or a link holds is text.
  @Suite struct HostileStringTests {
    /// Elements that nothing in a page may have made.
    private static let foreign =
      "img, b, i, u, iframe, object, embed, math a, svg a, svg script, [onerror], [onload], [onclick]"

    /// The configuration, four packed parts, the script that unpacks them and the page's own one, unpacked.
    private static let scripts = 7

    @Test func theTokensOfABatchStayText() throws {
      let file = try PageFiles.file("hostile.json", Hostile.batch().description)
      let reader = try Reader([file.path])
      try expectText(reader)
      try reader.page.press("End")
      try expectText(reader)
      let tokens = try reader.texts(".response:first-child .token")
      #expect(tokens.map(plain) == Hostile.texts.map(plain))
      #expect(try reader.text(".response .prompt") == "<b>prompt</b></script>&amp;")
      #expect(try reader.text("#source-title") == "<u>title</u></title></script><script>alert(6)</script>")
    }

    @Test func theWordsOfAScenarioStayText() throws {
      let file = try PageFiles.file("hostile words.json", Hostile.scenario().description)
      let reader = try Reader([file.path])
      let last = try reader.lastBeat()
      for beat in stride(from: 0, through: last, by: max(1, last / 25)) {
        try reader.goTo(beat)
        try expectText(reader)
      }
      let shown = try reader.text("#panes")
      for word in Hostile.vocabulary { #expect(shown.contains(word), "\(word)") }
      #expect(try reader.text("#source-name") == "hostile words")
      // They are names of terms, and so they come to the command line.
      #expect(try reader.run("show policy").contains(Hostile.vocabulary[0]))
      try reader.run("print policy.logit[*,*]")
      try expectText(reader)
    }

    @Test func whatIsTypedStaysText() throws {
      let reader = try Reader()
      for text in Hostile.texts where !text.contains("\n") {
        try reader.run(text)
        try reader.page.fill("#breakpoint-input", text)
        try reader.page.focus("#breakpoint-input")
        try reader.page.press("Enter")
      }
      #expect(try reader.texts(".console-command").contains { $0.hasSuffix(Hostile.texts[0]) })
      try expectText(reader)
    }

    @Test func namesAndContentsOfDroppedFilesStayText() throws {
      let reader = try Reader()
      for text in Hostile.texts {
        try reader.page.dropFile(text + ".json", text)
        try reader.page.wait(until: "!document.getElementById('notice').hidden")
        #expect(try reader.notice().hasPrefix(text + ".json: "))
        try reader.page.click("#notice-close")
      }
      try reader.page.dropFile("<b>mine</b>.json", Hostile.batch().description)
      try reader.page.wait(until: "document.getElementById('source-name').textContent === '<b>mine</b>'")
      try expectText(reader)
      try reader.page.press("End")
      try expectText(reader)
    }

    @Test func aTraceFileOfSomebodyElseStaysText() throws {
      let reader = try Reader()
      let name = JSON.string(Hostile.texts[0])
      let trace: JSON = [
        "format": "gradus.trace/1", "source": name, "title": name, "algorithm": name, "seed": nil,
        "options": ["<b>": name],
        "overrides": [["name": name, "occurrence": 0, "value": 1]], "vocabulary": [name], "prompts": [name],
        "tokens": [.list(Hostile.texts.map { .string($0) })],
        "stages": [
          [
            "name": name, "iteration": 0, "epoch": nil, "minibatch": nil,
            "beats": [
              ["position": 0, "sentence": name, "terms": [["name": name, "value": 1, "word": name, "formula": name]]]
            ],
          ]
        ],
      ]
      try reader.page.dropFile("trace.json", trace.description)
      try reader.page.wait(until: "document.getElementById('source-name').textContent.startsWith('<img')")
      try expectText(reader)
      #expect(try reader.text("#sentence") == Hostile.texts[0])
      #expect(try reader.text("#stage-name") == Hostile.texts[0])
      #expect(try reader.texts(".response .token") == Hostile.texts)
    }

    /// Expects that no string has become an element, a dialog or a request.
    private func expectText(_ reader: Reader, sourceLocation: SourceLocation = #_sourceLocation) throws {
      #expect(try reader.count(Self.foreign) == 0, sourceLocation: sourceLocation)
      #expect(try reader.count("script") == Self.scripts, sourceLocation: sourceLocation)
      #expect(try reader.page.evaluate("({}).alert === undefined && Object.prototype.__proto__ === null") == true)
      reader.expectQuiet(sourceLocation: sourceLocation)
    }

    /// A text without the marks that the page sets around tokens.
    private func plain(_ text: String) -> String {
      text.trimmingCharacters(in: ["▲", "▼", "✂", " ", "\u{2068}", "\u{2069}"])
    }
  }
}

extension String {
  fileprivate func trimmingCharacters(in set: Set<Character>) -> String {
    var rest = Substring(self)
    while let last = rest.last, set.contains(last) { rest.removeLast() }
    while let first = rest.first, set.contains(first) { rest.removeFirst() }
    return String(rest)
  }
}
