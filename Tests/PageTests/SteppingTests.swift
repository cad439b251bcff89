import Testing

extension PageTests.WithEngine {
  @Suite struct SteppingTests {
    @Test func thePageBeginsWhereItWasWrittenFor() throws {
      let reader = try Reader(["ppo", "--at", "100"])
      #expect(try reader.beat() == 100)
      #expect(try reader.text("#source-name") == "ppo")
      #expect(try reader.text("#source-title").hasPrefix("PPO as RLHF uses it"))
      #expect(try reader.value("#position") == "100")
      #expect(try reader.text("#stage-name") != "")
      #expect(try reader.text("#sentence").hasSuffix("."))
      #expect(try reader.count(".term") > 0)
      #expect(try reader.notice() == "")
      reader.expectQuiet()
    }

    /// The general formulas of a beat are copied as LaTeX, and one of them is what the debugger says.
    @Test func generalFormulasAreCopied() throws {
      let reader = try Reader(["ppo", "--at", "339"])
      try reader.page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })"
      )
      try reader.open("terms")
      try reader.page.click(".copy-latex")
      try reader.page.wait(until: "document.querySelector('.copy-latex').textContent === 'Copied'")
      let copied = try #require(try reader.page.evaluate("window.copied").string).split(separator: "\n")
      let explained = try reader.run("explain objective[5,1] latex").split(separator: "\n")
      #expect(copied.count > 1 && explained.contains { copied.contains($0) }, "\(explained)")
      reader.expectQuiet()
    }

    @Test func buttonsStep() throws {
      let reader = try Reader()
      #expect(try reader.beat() == 0)
      #expect(try !reader.isEnabled("#beat-back"))
      try reader.page.click("#beat-forward")
      #expect(try reader.beat() == 1)
      let first = try reader.text("#stage-name")
      try reader.page.click("#stage-forward")
      let second = try reader.beat()
      #expect(second > 1)
      #expect(try reader.text("#position-stage").contains(" · 1 of "))
      try reader.page.click("#stage-forward")
      #expect(try reader.beat() > second)
      try reader.page.click("#stage-back")
      #expect(try reader.beat() == second)
      try reader.page.click("#beat-back")
      #expect(try reader.beat() == second - 1)
      #expect(try reader.text("#stage-name") == first)
      reader.expectQuiet()
    }

    @Test func keysStep() throws {
      let reader = try Reader()
      let last = try reader.lastBeat()
      let steps: [(key: String, beat: Int)] = [
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last), ("Home", 0),
        ("ArrowLeft", 0),
      ]
      for step in steps {
        try reader.page.press(step.key)
        #expect(try reader.beat() == step.beat, "after \(step.key)")
      }
      #expect(try !reader.isEnabled("#stage-back"))
      try reader.page.press("Shift+ArrowRight")
      let second = try reader.beat()
      #expect(second > 0)
      try reader.page.press("PageDown")
      #expect(try reader.beat() > second)
      try reader.page.press("PageUp")
      #expect(try reader.beat() == second)
      reader.expectQuiet()
    }

    @Test func theSliderAndTheFieldGoAnywhere() throws {
      let reader = try Reader()
      try reader.page.fill("#slider", "50")
      try reader.waitForFrame()
      #expect(try reader.value("#position") == "50")
      let sentence = try reader.text("#sentence")
      try reader.goTo(51)
      #expect(try reader.beat() == 51)
      #expect(try reader.text("#sentence") != sentence)
      try reader.goTo(1_000_000)
      #expect(try reader.beat() == reader.lastBeat())
      try reader.goTo(-3)
      #expect(try reader.beat() == 0)
      reader.expectQuiet()
    }

    @Test func aClickOnAStageGoesThere() throws {
      let reader = try Reader()
      let clip = #"#stages button[data-stage="9"]"#
      let first = try reader.page.evaluate("\(Page.element(clip)).dataset.first").string
      try reader.open("stages")
      try reader.page.click(clip)
      #expect(try reader.value("#slider") == first)
      #expect(try reader.page.evaluate("\(Page.element(clip)).getAttribute('aria-current')") == "step")
      #expect(try reader.count("#stages [aria-current]") == 1)
      #expect(try reader.text("#stage-name") == reader.text("\(clip) .stage-label"))
      reader.expectQuiet()
    }

    @Test func playGoesOnUntilItIsStopped() throws {
      let reader = try Reader()
      try reader.page.fill("#speed", "15")
      try reader.page.click("#play")
      try reader.page.wait(until: "Number(document.getElementById('slider').value) >= 4")
      try reader.page.press(" ")
      let place = try reader.beat()
      #expect(try reader.page.evaluate("\(Page.element("#play")).getAttribute('aria-label')") == "Play")
      try reader.page.evaluate("new Promise(done => setTimeout(done, 300))")
      #expect(try reader.beat() == place)
      reader.expectQuiet()
    }

    @Test func whereANumberComesFromIsALinkBack() throws {
      let reader = try Reader()
      // A beat in which the first term was computed from others.
      try reader.open("stages")
      try reader.page.click("#stages button[data-stage='9']")
      try reader.open("terms")
      try reader.page.click(".term-name")
      #expect(try reader.text(".relations-meaning") != "")
      let here = try reader.beat()
      let name = try reader.text(".relations-from button .jump-name")
      try reader.page.evaluate("\(Page.element(".relations-from button")).click()")
      #expect(try reader.beat() <= here)
      #expect(try reader.texts(".term.is-chosen .term-name, .cell.is-chosen").first?.isEmpty == false)
      #expect(try reader.text(".relations-meaning").hasPrefix("\(name):"))
      reader.expectQuiet()
    }
  }
}
