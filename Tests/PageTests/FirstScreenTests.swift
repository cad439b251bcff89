import Simulation
import Testing

extension PageTests.WithEngine {
  /// What is seen before anything is clicked.
  @Suite struct FirstScreenTests {
    private static let sources = Scenario.builtIn.map { $0.name }
    private static let windows = [
      Window(name: "first-laptop", width: 1280, height: 720),
      Window(name: "first-phone", width: 390, height: 844, isMobile: true),
    ]

    /// Each plot of each source can be read in both windows, and nothing that is said of it is cut on a phone.
    @Test(arguments: sources)
    func everyPlotCanBeRead(source: String) throws {
      let reader = try Reader(of: try PageFiles.page([source]))
      let kinds = try reader.page.evaluate(
        "[...document.querySelectorAll('.picture-foot option')].map(option => option.value)"
      ).strings
      for window in Self.windows {
        try window.apply(reader.page)
        try reader.waitForFrame()
        for kind in kinds {
          try reader.page.evaluate(
            """
            (choice => { choice.value = "\(kind)"; choice.dispatchEvent(new Event("change")); })(
              document.querySelector(".picture-foot select"))
            """)
          try reader.waitForFrame()
          #expect(try Legibility.problems(in: reader.page) == [], "\(source) \(kind) in \(window.name)")
          if window.isMobile { #expect(try Legibility.cut(in: reader.page) == [], "\(source) \(kind)") }
        }
      }
      reader.expectQuiet()
    }

    @Test(arguments: windows, ["ppo", "grpo", "dpo", "kto", "reward-model", "ppo-classic", "sft"])
    func claimPictureResponsesAndThreeControlsAreAboveTheFold(window: Window, source: String) throws {
      let reader = try Reader(of: try PageFiles.page([source]), viewport: window.apply)
      #expect(try reader.text("#claim") != "")
      // On a phone the bar with the buttons lies over the page's foot.
      let fold =
        try reader.page.evaluate(
          "window.innerWidth < 600 ? document.getElementById('transport').getBoundingClientRect().top : innerHeight"
        ).number ?? 0
      func edge(_ selector: String, _ side: String) throws -> Double {
        try reader.page.evaluate("\(Page.element(selector)).getBoundingClientRect().\(side)").number ?? .infinity
      }
      #expect(try edge("#claim", "bottom") < fold)
      #expect(try edge(".plot", "bottom") < fold)
      #expect(try edge("#controls", "bottom") <= fold, "\(source)")
      #expect(try reader.count("#controls > .control") == 3)
      if try reader.isVisible(".row-panel") { #expect(try edge(".row-bars", "bottom") < fold, "\(source)") }
      #expect(try edge(".trajectory .response", "top") + 30 < fold, "\(source)")
      #expect(try (reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1) <= 0)
      reader.expectQuiet()
    }

    /// Dragging each of the three controls changes the picture, and moves nothing that is looked at.
    @Test(arguments: ["ppo", "grpo", "dpo", "reinforce"])
    func aControlMovesThePictureAndNothingElse(source: String) throws {
      let reader = try Reader(of: try PageFiles.page([source])) { try $0.setViewport(width: 1280, height: 720) }
      let places = """
        JSON.stringify(["claim", "sentence", "pictures", "controls", "tabs", "panes"].map(id => {
          const box = document.getElementById(id).getBoundingClientRect();
          return [id, box.x, box.y, box.width, id === "panes" ? 0 : box.height].map(n => typeof n === "number" ? Math.round(n) : n); }))
        """
      let before = try reader.page.evaluate(places)
      let moved = try reader.page.evaluate(
        """
        (async () => {
          const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          const found = [], plot = () => document.querySelector(".picture").innerHTML;
          for (const field of document.querySelectorAll("#controls input[type=range], #controls select")) {
            const was = plot(), [least, most] = [Number(field.min), Number(field.max)];
            const isHigh = Number(field.value) > (least + most) / 2;
            if (field.tagName === "SELECT") field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
            else field.value = least + (most - least) * (isHigh ? 0.2 : 0.8);
            for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
            await frame();
            found.push(plot() !== was);
            if (found.length < 3) { document.getElementById("reset").click(); await frame(); }
          }
          return found;
        })()
        """)
      #expect(moved == [true, true, true])
      #expect(try reader.page.evaluate(places) == before)
      #expect(try reader.text("#changed-count").hasPrefix("◆"))
      #expect(try reader.isVisible("#first-change"))
      reader.expectQuiet()
    }

    /// On a phone a change says how much it changed beside the controls, and moves none of them away from the hand.
    @Test(arguments: [360, 390, 430])
    func onAPhoneAControlStaysWhereItIs(width: Int) throws {
      let window = Window(name: "phone", width: width, height: 844, isMobile: true)
      for fragment in ["", "variant="] {
        let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: fragment, viewport: window.apply)
        func top() throws -> Double? {
          try reader.page.evaluate(
            "document.getElementById('controls').getBoundingClientRect().top - document.querySelector('.levers').getBoundingClientRect().top"
          ).number
        }
        let before = try top()
        try reader.set("kl_coef", "0.2")
        #expect(try reader.text("#changed-count").hasPrefix("◆"))
        #expect(try reader.isVisible("#first-change"))
        #expect(try top() == before, "\(fragment)")
        #expect(try (reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1) <= 0)
        let cut = try reader.page.evaluate(
          "[...document.querySelectorAll('.levers .panel-head > :not(h2)')].filter(each => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth - 12).map(each => each.id)"
        )
        #expect(cut == [], "\(fragment)")
        reader.expectQuiet()
      }
    }

    /// The frame of the documentation holds a figure, changed or not.
    @Test func aFigureFitsItsFrame() throws {
      let window = Window(name: "frame", width: 400, height: 460)
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "figure", viewport: window.apply)
      try reader.set("cliprange", "0.4")
      try reader.waitForFrame()
      #expect(try reader.text("#changed-count").hasPrefix("◆"))
      #expect(try (reader.page.evaluate("document.documentElement.scrollHeight - innerHeight").number ?? 1) <= 0)
      reader.expectQuiet()
    }

    /// What stands above the curves of the outcome is whole on a phone.
    @Test func theHeadlineOfTheOutcomeIsWhole() throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), viewport: Self.windows[1].apply)
      try reader.open("outcome")
      let isCut = try reader.page.evaluate(
        "(title => title.scrollWidth > title.clientWidth + 1)(\(Page.element("#panel-outcome .panel-title")))")
      #expect(isCut == false)
    }

    /// Without the clip no token is cut, and the title no longer says so.
    @Test func theClaimFollowsTheOptions() throws {
      let reader = try Reader(["ppo"])
      #expect(try reader.text("#claim") == "A token that has already moved far enough gets no more push")
      try reader.set("cliprange", "1000")
      #expect(
        try reader.text("#claim") == "No token has moved far enough yet: each that has an advantage is still pushed")
      reader.expectQuiet()
    }

    @Test func atAClippedBeatTheRowWithoutGradientComesFirstAndWhyShowsTheCut() throws {
      let reader = try Reader(["ppo", "--at", "339"])
      try reader.open("terms")
      #expect(try reader.texts(".term-name").first == "surrogate[5,1]")
      #expect(try reader.texts(".term.is-chosen .term-name") == ["surrogate[5,1]"])
      try reader.page.click(".relations-why")
      let answer = try reader.text(".relations-answer")
      #expect(answer.contains("✂ objective[5,1] ← surrogate[5,1]"), "\(answer)")
      // The answer is not hidden by the button that asked for it.
      let isBelow = try reader.page.evaluate(
        "\(Page.element(".relations-answer")).getBoundingClientRect().top >= \(Page.element(".relations-why")).getBoundingClientRect().bottom - 1"
      )
      #expect(isBelow == true)
      reader.expectQuiet()
    }

    @Test func backUndoesAChange() throws {
      let reader = try Reader(["ppo"])
      try reader.set("cliprange", "0.05")
      try reader.page.wait(until: "location.hash.includes('cliprange:0.05')")
      try reader.set("kl_coef", "0")
      try reader.page.wait(until: "location.hash.includes('kl_coef:0')")
      try reader.page.evaluate("history.back()")
      try reader.page.wait(until: "document.getElementById('option-kl_coef').value !== '0'")
      #expect(try reader.value("#option-cliprange") == "0.05")
      try reader.page.evaluate("history.back()")
      try reader.page.wait(until: "document.getElementById('option-cliprange').value === '0.2'")
      reader.expectQuiet()
    }

    /// What takes back a change leads back to where the reader was, though the other recording has no such place.
    @Test func takingBackAChangeLeadsBack() throws {
      let reader = try Reader(["ppo"])
      let (beat, claim) = (try reader.beat(), try reader.text("#claim"))
      try reader.set("num_ppo_epochs", "1")
      #expect(try reader.text("#claim") != claim)
      try reader.page.evaluate("document.getElementById('reset').click()")
      #expect(try reader.beat() == beat)
      for epochs in ["1", "2"] { try reader.set("num_ppo_epochs", epochs) }
      #expect(try reader.beat() == beat)
      #expect(try reader.text("#claim") == claim)
      // A reader who has gone on stays.
      try reader.set("num_ppo_epochs", "1")
      try reader.goTo(3)
      try reader.page.evaluate("document.getElementById('reset').click()")
      #expect(try reader.beat() == 3)
      reader.expectQuiet()
    }

    @Test(arguments: sources)
    func everyMomentIsALinkThatShowsWhatItSays(source: String) throws {
      let reader = try Reader([source])
      let links = try reader.page.evaluate(
        "[...document.querySelectorAll('#moments-list a')].map(link => link.getAttribute('href'))"
      ).strings
      #expect(links.count >= 2)
      for link in links {
        try reader.page.evaluate("location.hash = \(JSON.string(link))")
        try reader.page.wait(until: "location.hash.startsWith('#at') || location.hash.startsWith('#set')")
        try reader.waitForFrame()
        #expect(try reader.notice() == "", "\(link)")
        #expect(try reader.text("#claim") != "", "\(link)")
      }
      reader.expectQuiet()
    }
  }
}
