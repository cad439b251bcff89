import Foundation
import Testing

// The tests of pages are worth as much as what they see through: here it sees known things.
extension PageTests {
  @Suite(.enabled(if: !Browser.isFirefox, "they are about the protocol that Chromium speaks"))
  struct BrowserTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")

    private func page(_ html: String) throws -> Page {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "page.html")
      try Data("<!doctype html><html lang=en><title>t</title>\(html)".utf8).write(to: file)
      let page = try Page()
      try page.open(file)
      try FileManager.default.removeItem(at: folder)
      return page
    }

    @Test func valuesComeBackToTheLastBit() throws {
      let page = try page("")
      #expect(try page.evaluate("0.1 + 0.2") == .number(0.1 + 0.2))
      #expect(try page.evaluate("[5e-324, 2**-1000, -0.1]") == [.number(.leastNonzeroMagnitude), 0x1p-1000, -0.1])
      #expect(try page.evaluate("-0") == .number(-0.0))
      #expect(try page.evaluate("({a: [1, true, null, 'ä\\u0000 \"<']})") == ["a": [1, true, nil, "ä\u{0} \"<"]])
      #expect(try page.evaluate("new Promise(done => setTimeout(() => done('later'), 5))") == "later")
    }

    @Test func whatIsThrownIsAnErrorWithItsText() throws {
      let page = try page("")
      let error = #expect(throws: BrowserError.self) { try page.evaluate("nothing.at.all") }
      #expect(error?.description.hasPrefix("ReferenceError: nothing is not defined") == true)
      #expect(error?.description.hasSuffix("in: nothing.at.all") == true)
      let rejection = #expect(throws: BrowserError.self) { try page.evaluate("Promise.reject(new Error('no'))") }
      #expect(rejection?.description.hasPrefix("Error: no") == true)
      let surrogate = #expect(throws: BrowserError.self) { try page.evaluate("'\\ud800'") }
      #expect(surrogate?.description.contains("no JSON of Unicode text") == true)
    }

    @Test func waitingEnds() throws {
      let page = try page("")
      let error = #expect(throws: BrowserError.self) { try page.wait(until: "1 > 2", patience: 0.05) }
      #expect(error?.description == "not true within 0 seconds: 1 > 2")
      let start = Date()
      let chromium = try #require(page.driver as? ChromiumPage)
      #expect(throws: BrowserError.self) {
        try chromium.connection.call(
          "Runtime.evaluate", ["expression": "new Promise(() => {})", "awaitPromise": true], page: chromium.session,
          patience: 0.1)
      }
      #expect(-start.timeIntervalSinceNow < 30)
      #expect(try page.evaluate("2") == 2)
    }

    @Test func problemsAreSeen() throws {
      let page = try page(
        """
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'">
        <script>
          console.info("quiet"); console.error("loud", 1); console.warn("hm");
          setTimeout(() => { throw new Error("thrown") }); Promise.reject(new Error("rejected"));
          alert("boo");
          setTimeout(() => { window.isDone = true }, 20);
        </script>
        <p style="color: red">x</p><img src="https://example.invalid/x.png">
        """)
      try page.wait(until: "window.isDone")
      let problems = page.problems
      for part in [
        "console: loud 1", "console: hm", "exception: Error: thrown", "exception: Error: rejected", "dialog: boo",
      ] {
        #expect(problems.contains { $0.hasPrefix(part) }, "\(part) in \(problems)")
      }
      #expect(problems.filter { $0.contains("Content Security Policy") }.count >= 2, "\(problems)")
      #expect(!problems.contains { $0.contains("quiet") })
    }

    @Test func requestsAreSeen() throws {
      let page = try page("<img src='missing.png'><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")
      #expect(page.requests.map { $0.hasSuffix("/missing.png") } == [true])
      #expect(try self.page("<p>nothing</p>").requests == [])
    }

    @Test func aReaderClicksAndTypes() throws {
      let page = try page(
        """
        <button id=b onclick="document.title = 'clicked'">B</button><input id=i><input id=r type=range max=9>
        <div style="height: 3000px"></div><button id=low onclick="document.title = 'low'">L</button>
        <button id=covered style="position: fixed; right: 0; bottom: 0">C</button>
        <div style="position: fixed; right: 0; bottom: 0; width: 99px; height: 99px"></div>
        <script>window.keys = []; addEventListener("keydown", event => keys.push(event.key + event.code));</script>
        """)
      try page.click("#b")
      #expect(try page.evaluate("document.title") == "clicked")
      try page.press("Tab")
      try page.type("a B7\u{e4}")
      try page.press("Backspace")
      #expect(try page.evaluate("document.activeElement.id + ':' + document.querySelector('#i').value") == "i:a B7")
      try page.press("Shift+Tab")
      #expect(try page.evaluate("document.activeElement.id") == "b")
      try page.press("Enter")
      #expect(try page.evaluate("keys.at(-1)") == "EnterEnter")
      try page.focus("#r")
      try page.press("End")
      #expect(try page.evaluate("document.querySelector('#r').value") == "9")
      try page.fill("#r", "4")
      #expect(try page.evaluate("document.querySelector('#r').value") == "4")
      try page.click("#low")
      #expect(try page.evaluate("document.title") == "low")
      #expect(throws: BrowserError.self) { try page.click("#covered") }
      #expect(throws: BrowserError.self) { try page.click("#absent") }
      #expect(throws: BrowserError.self) { try page.press("Hyper+x") }
      #expect(page.problems == [])
    }

    @Test func filesCanBeDropped() throws {
      let page = try page(
        """
        <script>addEventListener("dragover", event => event.preventDefault());
        addEventListener("drop", async event => { event.preventDefault();
          const file = event.dataTransfer.files[0]; window.got = file.name + ": " + await file.text(); });</script>
        """)
      try page.dropFile("a \"b\".json", "{\"ä\": 1}")
      try page.wait(until: "window.got")
      #expect(try page.evaluate("got") == "a \"b\".json: {\"ä\": 1}")
    }

    @Test func theViewportIsAsAsked() throws {
      let page = try page("<meta name=viewport content='width=device-width'><p>1")
      try page.setViewport(width: 360, height: 640, scale: 2, isMobile: true, isDark: true, prefersReducedMotion: true)
      #expect(try page.evaluate("[innerWidth, innerHeight, devicePixelRatio]") == [360, 640, 2])
      let media = ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(pointer: coarse)"]
      for query in media { #expect(try page.evaluate("matchMedia('\(query)').matches") == true, "\(query)") }
      try page.setViewport(width: 300, height: 200)
      #expect(try page.evaluate("[innerWidth, innerHeight]") == [300, 200])
      for query in media { #expect(try page.evaluate("matchMedia('\(query)').matches") == false, "\(query)") }
      let picture = try page.screenshot()
      #expect(picture.starts(with: [0x89, 0x50, 0x4e, 0x47]))
      #expect(Array(picture[16..<24]) == [0, 0, 1, 44, 0, 0, 0, 200])
      #expect(try page.pdf().starts(with: Data("%PDF".utf8)))
    }

    @Test func aScreenReaderFindsNames() throws {
      let page = try page("<button aria-label=Forward>→</button><button></button><h1>Title</h1><p aria-hidden=true>no")
      let nodes = try page.accessibleNodes()
      #expect(nodes.filter { $0.role == "button" }.map(\.name) == ["Forward", ""])
      #expect(nodes.contains { $0.role == "heading" && $0.name == "Title" && $0.properties["level"] == 1 })
      #expect(!nodes.contains { $0.name == "no" })
    }

    @Test func pagesShareNothing() throws {
      let first = try page("")
      let second = try page("")
      try first.evaluate("window.name = 'one'")
      #expect(try second.evaluate("window.name") == "")
    }
  }
}
