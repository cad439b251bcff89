import Testing

extension PageTests.WithEngine {
  /// The picture above the debugger.
  @Suite struct PictureTests {
    @Test func thePageOpensWhereThePictureHasMostToShow() throws {
      let reader = try Reader(["ppo"])
      #expect(try reader.text("#stage-name") == "clip")
      #expect(try reader.text("#sentence").contains("no gradient passes"))
      // Before anything is scrolled.
      let bottom =
        try reader.page.evaluate("document.querySelector('.plot').getBoundingClientRect().bottom").number ?? 0
      #expect(bottom > 0 && bottom < 800)
      reader.expectQuiet()
    }

    @Test(arguments: ["ppo", "grpo", "dpo", "grpo-user-groups", "kto", "ppo-classic"])
    func aPointLeadsToWhereItsNumberWasRecorded(source: String) throws {
      let reader = try Reader([source])
      try reader.goTo(0)
      let term = try reader.page.evaluate(
        """
        (() => {
          const point = document.querySelector(".plot .leads");
          point.dispatchEvent(new MouseEvent("click", { bubbles: true }));
          return point.dataset.term;
        })()
        """
      ).string
      #expect(try reader.beat() > 0)
      #expect(try reader.texts(".term.is-chosen .term-name") == [term ?? ""])
      #expect(try reader.count(".plot .is-chosen") > 0)
      reader.expectQuiet()
    }

    @Test func aChangeLeavesWhatWasThereAndLeadsToTheFirstDifference() throws {
      let reader = try Reader(["ppo"])
      #expect(try reader.count(".plot .faint[data-beat]") == 0)
      #expect(try !reader.isVisible("#first-change"))
      try reader.set("cliprange", "0.05")
      #expect(try reader.count(".plot .faint") > 0)
      let at = try reader.beat()
      try reader.page.click("#first-change")
      #expect(try reader.beat() < at)
      #expect(try reader.texts(".term-was").contains { !$0.isEmpty })
      reader.expectQuiet()
    }

    @Test func anotherPlotCanBeThePicture() throws {
      let reader = try Reader(["ppo"])
      let kinds = try reader.page.evaluate("[...document.querySelectorAll('.picture-foot option')].map(o => o.value)")
        .strings
      #expect(kinds.count > 4)
      for kind in kinds {
        _ = try reader.page.evaluate(
          """
          (() => {
            const choice = document.querySelector(".picture-foot select");
            choice.value = "\(kind)";
            choice.dispatchEvent(new Event("change"));
          })()
          """)
        #expect(try reader.count(".plot") == 1, "\(kind)")
        #expect(try reader.value(".picture-foot select") == kind)
      }
      reader.expectQuiet()
    }
  }
}
