import Testing

extension PageTests {
  /// A page that was written while nobody had made the WebAssembly module.
  @Suite struct WithoutEngineTests {
    @Test func itStepsAndSaysWhatIsMissing() throws {
      let reader = try Reader(["sft"], hasEngine: false, fragment: "at=20")
      #expect(try reader.notice().hasPrefix("This page was written without the engine: stepping works"))
      #expect(try reader.beat() == 20)
      for (key, beat) in [("ArrowRight", 21), ("ArrowLeft", 20), ("Home", 0)] {
        try reader.page.press(key)
        #expect(try reader.beat() == beat)
      }
      try reader.page.press("End")
      #expect(try reader.beat() == reader.lastBeat())
      #expect(try reader.count(".term") > 0)
      for field in ["#option-learning_rate", "#console-input", "#compare", "#breakpoint-input"] {
        #expect(try !reader.isEnabled(field), "\(field)")
      }
      reader.expectQuiet()
    }

    @Test func aLinkThatNeedsTheEngineSaysSo() throws {
      let reader = try Reader(["sft"], hasEngine: false, fragment: "at=30&set=learning_rate:0.3")
      #expect(try reader.notice().contains("engine"))
      #expect(try reader.beat() == 30)
      reader.expectQuiet()
    }

    @Test func itsAddressHoldsThePlace() throws {
      let reader = try Reader(["sft"], hasEngine: false)
      try reader.goTo(40)
      #expect(try Reader(at: reader.address()).beat() == 40)
      reader.expectQuiet()
    }
  }
}
