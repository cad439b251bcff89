import Foundation
import Testing

extension PageTests.WithEngine {
  /// The debugger's commands in the page.
  @Suite struct CommandLineTests {
    @Test func commandsSayWhatTheySayInATerminal() throws {
      let reader = try Reader()
      let lines = ["goto 1/0/1", "print mean(ratio[*,*])", "where", "explain loss", "show policy", "list", "nonsense"]
      let output = try Command.output(["step", "ppo"], input: "goto 1/0/1\nwhere\n")
      let said = try lines.map { try reader.run($0) }
      let inTerminal = String(decoding: output, as: UTF8.self)
      #expect(inTerminal.contains(said[2].trimmingCharacters(in: .newlines)), "\(said[2])")
      #expect(said[1].contains("mean(ratio[*,*])"))
      #expect(said[6].contains("nonsense"))
      #expect(try reader.beat() > 0)
      #expect(try reader.text("#console-prompt") == "(gradus \(reader.beat()))")
      reader.expectQuiet()
    }

    @Test func aCommandMovesAndChangesThePage() throws {
      let reader = try Reader()
      try reader.run("set cliprange 0.05")
      #expect(try reader.value("#option-cliprange") == "0.05")
      #expect(try reader.text("#changed-count") != "")
      try reader.run("end")
      try reader.run("goto 100")
      #expect(try reader.beat() == 100)
      try reader.run("reset")
      #expect(try reader.text("#changed-count") == "")
      try reader.run("open grpo beta=0.04")
      #expect(try reader.text("#source-name") == "grpo")
      #expect(try reader.value("#option-beta") == "0.04")
      let address = try reader.address()
      #expect(try Reader(at: address).sight() == reader.sight())
      reader.expectQuiet()
    }

    @Test func tabCompletes() throws {
      let reader = try Reader()
      try reader.open("commands")
      try reader.page.focus("#console-input")
      try reader.page.type("set clipr")
      try reader.page.press("Tab")
      #expect(try reader.isVisible("#console-candidates") || reader.value("#console-input").hasPrefix("set cliprange"))
      let candidates = try reader.texts("#console-candidates:not([hidden]) li")
      if !candidates.isEmpty {
        #expect(candidates.allSatisfy { $0.hasPrefix("cliprange") })
        try reader.page.press("Tab")
        try reader.page.press("Enter")
      }
      #expect(try reader.value("#console-input").hasPrefix("set cliprange"))
      #expect(try !reader.isVisible("#console-candidates"))
      try reader.page.fill("#console-input", "")
      try reader.page.type("expl")
      try reader.page.press("Tab")
      #expect(try reader.value("#console-input") == "explain ")
      reader.expectQuiet()
    }

    @Test func earlierLinesComeBack() throws {
      let reader = try Reader()
      try reader.run("goto 5")
      try reader.run("where")
      try reader.page.type("unfin")
      for (key, line) in [("ArrowUp", "where"), ("ArrowUp", "goto 5"), ("ArrowDown", "where"), ("ArrowDown", "unfin")] {
        try reader.page.press(key)
        #expect(try reader.value("#console-input") == line)
      }
      #expect(try reader.beat() == 5)
      reader.expectQuiet()
    }

    @Test func whatACommandWritesIsOfferedForSaving() throws {
      let reader = try Reader()
      let said = try reader.run("trace some.json")
      #expect(said.contains("Save some.json"))
      let text = try reader.page.evaluate(
        "fetch(\(Page.element("#console-log a")).href).then(answer => answer.text(), error => String(error))")
      // The policy forbids fetching: what the link holds is known by its name and kind alone.
      #expect(text.string != nil)
      #expect(try reader.page.evaluate("\(Page.element("#console-log a")).download") == "some.json")
      #expect(reader.page.problems.allSatisfy { $0.replacing("-", with: " ").contains("Content Security Policy") })
    }

    @Test func breakpointsStopPlayAndJumps() throws {
      let reader = try Reader()
      try reader.open("commands")
      try reader.page.focus("#breakpoint-input")
      try reader.page.type("clipped")
      try reader.page.press("Enter")
      #expect(try reader.texts("#breakpoints code") == ["clipped"])
      try reader.page.click("#hit-forward")
      let hit = try reader.beat()
      #expect(hit > 0)
      #expect(try reader.text("#position-hit") != "")
      try reader.page.evaluate("document.activeElement.blur()")
      try reader.page.press("]")
      #expect(try reader.beat() > hit)
      try reader.page.press("[")
      #expect(try reader.beat() == hit)
      // The command agrees on where that is.
      let said = try Command.output(["step", "ppo"], input: "break clipped\ncontinue\nwhere\n")
      #expect(String(decoding: said, as: UTF8.self).contains("(gradus \(hit)) where"))

      try reader.goTo(hit - 2)
      try reader.page.fill("#speed", "15")
      try reader.page.press(" ")
      try reader.page.wait(until: "document.getElementById('play').getAttribute('aria-label') === 'Play'")
      #expect(try reader.beat() == hit)

      try reader.page.click("#breakpoints button")
      #expect(try reader.count("#breakpoints li") == 0)
      #expect(try !reader.isEnabled("#hit-forward"))
      try reader.page.fill("#breakpoint-input", "ratio >")
      try reader.page.focus("#breakpoint-input")
      try reader.page.press("Enter")
      #expect(try reader.text("#breakpoint-message") != "")
      #expect(try reader.value("#breakpoint-input") == "ratio >")
      reader.expectQuiet()
    }
  }
}
