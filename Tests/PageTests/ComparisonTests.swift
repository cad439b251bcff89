import Testing

extension PageTests.WithEngine {
  /// Two variants of a source side by side.
  @Suite struct ComparisonTests {
    @Test func bothSidesStepTogether() throws {
      let reader = try Reader(["ppo", "--at", "340"])
      try reader.page.click("#compare")
      #expect(try reader.count(".pane") == 2)
      #expect(try reader.texts(".pane-name").first == "Original")
      try reader.set("cliprange", "0.05")
      #expect(try reader.texts(".pane-name").last == "Variant: cliprange = 0.05")
      for key in ["ArrowRight", "Shift+ArrowRight", "ArrowRight", "PageUp"] {
        try reader.page.press(key)
        let places = try reader.texts(".pane-place").map { $0.split(separator: " ").first }
        #expect(places.count == 2 && places.first == places.last, "after \(key)")
      }
      // The variant is another recording: somewhere a number differs.
      try reader.page.press("End")
      let values = try reader.page.evaluate(
        """
        [...document.querySelectorAll(".pane")].map(pane =>
          [...pane.querySelectorAll(".term-number")].map(number => number.title).join(" "))
        """
      ).strings
      #expect(values.count == 2 && values.first != values.last)
      reader.expectQuiet()
    }

    @Test func theVariantAloneChangesUntilTheOriginalIsChosen() throws {
      let reader = try Reader(["ppo", "--at", "340"])
      try reader.page.click("#compare")
      try reader.set("cliprange", "0.05")
      try reader.page.click("#pane-choice [data-pane='0']")
      #expect(try reader.value("#option-cliprange") == "0.2")
      try reader.set("gamma", "0.9")
      try reader.page.click("#pane-choice [data-pane='1']")
      #expect(try reader.value("#option-cliprange") == "0.05")
      #expect(try reader.value("#option-gamma") == "0.9")
      try reader.page.click("#compare")
      #expect(try reader.count(".pane") == 1)
      #expect(try reader.value("#option-cliprange") == "0.2")
      reader.expectQuiet()
    }

    /// What the address says is what is seen, also where it is an address that was written before.
    @Test func backEndsAComparison() throws {
      let reader = try Reader(["ppo"])
      try reader.page.click("#compare")
      try reader.page.wait(until: "location.hash === '#variant='")
      try reader.set("cliprange", "0.05")
      try reader.page.wait(until: "location.hash === '#variant=cliprange:0.05'")
      try reader.page.click("#compare")
      try reader.page.wait(until: "location.hash === ''")
      for (hash, panes) in [("#variant=cliprange:0.05", 2), ("#variant=", 2), ("", 1)] {
        try reader.page.evaluate("history.back()")
        try reader.page.wait(
          until: "location.hash === '\(hash)' && document.querySelectorAll('.pane').length === \(panes)")
      }
      #expect(try reader.text("#compare") == "Compare")
      reader.expectQuiet()
    }

    @Test func backKeepsTheSideThatTheControlsChange() throws {
      let reader = try Reader(["ppo"])
      try reader.page.click("#compare")
      try reader.set("cliprange", "0.05")
      try reader.page.wait(until: "location.hash === '#variant=cliprange:0.05'")
      try reader.set("kl_coef", "0")
      try reader.page.wait(until: "location.hash.includes('kl_coef')")
      try reader.page.evaluate("history.back()")
      try reader.page.wait(until: "location.hash === '#variant=cliprange:0.05'")
      try reader.page.wait(until: "document.getElementById('option-cliprange').value === '0.05'")
      try reader.set("cliprange", "0.1")
      #expect(try reader.texts(".pane-name").last == "Variant: cliprange = 0.1")
      reader.expectQuiet()
    }

    @Test func aPageCanBeWrittenWithAVariant() throws {
      let reader = try Reader(["ppo", "--at", "340", "--variant", "cliprange=0.4"])
      #expect(try reader.texts(".pane-name").last == "Variant: cliprange = 0.4")
      #expect(try !reader.address().contains("#"))
      try reader.page.click("#compare")
      let address = try reader.address()
      #expect(try Reader(at: address).count(".pane") == 1)
      reader.expectQuiet()
    }

    @Test func aVariantThatIsShorterFollowsToWhereItEnds() throws {
      let reader = try Reader()
      try reader.page.click("#compare")
      try reader.set("num_ppo_epochs", "1")
      try reader.page.press("End")
      #expect(try reader.beat() == reader.lastBeat())
      #expect(try reader.count(".pane:last-child .term") > 0)
      reader.expectQuiet()
    }
  }
}
