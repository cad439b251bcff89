import Testing

extension PageTests.WithEngine {
  /// What can be taken hold of in the picture, and what follows.
  @Suite struct GripTests {
    /// Drags an edge by a number of pixels, with the mouse held down for several moves.
    private func drag(_ grip: String, by distance: Double, moves: Int = 4, _ reader: Reader) throws {
      let place = try reader.page.evaluate(
        "(box => [box.x + box.width / 2, box.y + box.height / 2])(\(Page.element(grip + " .grip-handle")).getBoundingClientRect())"
      )
      let (x, y) = (place[0].number ?? 0, place[1].number ?? 0)
      func mouse(_ type: String, _ x: Double) throws {
        try reader.page.call(
          "Input.dispatchMouseEvent",
          ["type": .string(type), "x": .number(x), "y": .number(y), "button": "left", "buttons": 1, "clickCount": 1])
        try reader.waitForFrame()
      }
      try mouse("mousePressed", x)
      for step in 1...moves { try mouse("mouseMoved", x + distance * Double(step) / Double(moves)) }
      try mouse("mouseReleased", x + distance)
    }

    @Test(arguments: [("ppo", "cliprange", -1.0), ("grpo", "epsilon", -1), ("grpo", "epsilon_high", 1)])
    func theEdgeOfTheClipFollowsTheHand(source: String, option: String, way: Double) throws {
      let reader = try Reader([source])
      let grip = "[data-option='\(option)'][tabindex].grip"
      let before =
        Double(try reader.page.evaluate("\(Page.element(grip)).getAttribute('aria-valuenow')").string ?? "") ?? 0
      let at = try reader.page.evaluate("\(Page.element(grip)).getBoundingClientRect().x").number ?? 0
      try drag(grip, by: 30 * way, reader)
      let now =
        Double(try reader.page.evaluate("\(Page.element(grip)).getAttribute('aria-valuenow')").string ?? "") ?? 0
      #expect(now > before)
      #expect(try reader.value("#option-\(option)") == "\(now)")
      // The edge is where the hand let go of it, but for rounding; the original is there, pale.
      let moved = (try reader.page.evaluate("\(Page.element(grip)).getBoundingClientRect().x").number ?? 0) - at
      #expect((moved - 30 * way).magnitude < 12, "\(moved)")
      if way < 0 { #expect(try reader.count(".plot .faint[data-beat]") > 0) }
      #expect(try reader.text("#changed-count").hasPrefix("◆"))
      reader.expectQuiet()
    }

    /// However far a hand goes, the edge that it took is the one that moves, and can be taken again.
    @Test(arguments: [("ppo", "cliprange", "cliprange_high"), ("grpo", "epsilon", "epsilon_high")])
    func anEdgeStaysInThePicture(source: String, low: String, high: String) throws {
      let reader = try Reader([source])
      func value(_ option: String) throws -> Double {
        Double(
          try reader.page.evaluate("\(Page.element(".grip[data-option='\(option)']")).getAttribute('aria-valuenow')")
            .string ?? "") ?? .nan
      }
      let upper = try value(high)
      try drag("[data-option='\(low)'][tabindex].grip", by: -400, moves: 8, reader)
      let lower = try value(low)
      #expect((0.3..<1).contains(lower), "\(lower)")
      let address = try reader.address()
      #expect(address.contains("set=\(low):") && !address.contains(high), "\(address)")
      try drag("[data-option='\(low)'][tabindex].grip", by: 60, reader)
      #expect(try value(low) < 0.95)
      // Nor does it matter how often a hand beyond the border trembles.
      var ends: [Double] = []
      for moves in [2, 24] {
        try reader.page.evaluate("document.getElementById('reset').click()")
        try drag("[data-option='\(high)'][tabindex].grip", by: 500, moves: moves, reader)
        ends.append(try value(high))
      }
      #expect(ends[0] == ends[1] && (upper..<2).contains(ends[0]), "\(ends)")
      reader.expectQuiet()
    }

    /// Tokens that a clip cuts gather at its edges.
    @Test(arguments: ["ppo", "ppo-classic", "grpo", "grpo-user-groups"])
    func aPointBesideAnEdgeCanBePointedAt(source: String) throws {
      let reader = try Reader(of: try PageFiles.page([source])) { try $0.setViewport(width: 1280, height: 720) }
      let covered = try reader.page.evaluate(
        """
        [...document.querySelectorAll(".plot .leads")].filter(point => {
          const box = point.getBoundingClientRect();
          const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return found === null || !found.matches(".leads");
        }).map(point => point.dataset.term)
        """
      )
      #expect(covered == [])
      reader.expectQuiet()
    }

    @Test func theKeyboardMovesAnEdgeAndKeepsIt() throws {
      let reader = try Reader(["ppo"])
      let beats = try reader.lastBeat()
      try reader.page.focus(".grip[tabindex]")
      for _ in 0..<3 { try reader.page.press("ArrowLeft") }
      try reader.waitForFrame()
      // The lower edge: to the left is a wider clip.
      #expect(try reader.value("#option-cliprange") != "0.2")
      #expect((Double(try reader.value("#option-cliprange")) ?? 0) > 0.2)
      #expect(
        try reader.page.evaluate("document.activeElement.getAttribute('aria-label')").string
          == "cliprange, the lower edge")
      #expect(try reader.page.evaluate("document.activeElement.getAttribute('role')").string == "slider")
      #expect(beats > 0)
      reader.expectQuiet()
    }

    @Test func theOutcomeIsDrawnAnewWhileAnEdgeMoves() throws {
      let reader = try Reader(["ppo"])
      try reader.open("outcome")
      #expect(try reader.count("#outcome .plot") == 1)
      let before = try reader.page.evaluate("document.getElementById('outcome').innerHTML").string
      #expect(try reader.count("#outcome .faint[data-beat]") == 0)
      try drag(".grip[tabindex]", by: -25, reader)
      #expect(try reader.page.evaluate("document.getElementById('outcome').innerHTML").string != before)
      #expect(try reader.count("#outcome .faint[data-beat]") > 0)
      try reader.page.evaluate(
        "document.querySelector('#outcome .leads:last-of-type').dispatchEvent(new MouseEvent('click', { bubbles: true }))"
      )
      #expect(try reader.beat() > 0)
      reader.expectQuiet()
    }

    @Test func twoVariantsAreInOnePictureEachNamed() throws {
      let reader = try Reader(["ppo"], fragment: "variant=kl_coef:0&picture=progress")
      #expect(try reader.count(".plot") == 1)
      let texts = try reader.texts(".plot text")
      #expect(texts.contains("kl_coef = 0") && texts.contains("kl_coef = 0.05"), "\(texts)")
      #expect(try reader.count(".pane") == 2)
      // Stepping keeps both in it.
      try reader.page.press("Shift+ArrowRight")
      #expect(try reader.texts(".plot text").contains("kl_coef = 0"))
      try reader.page.click("#compare")
      #expect(try !reader.texts(".plot text").contains("kl_coef = 0"))
      reader.expectQuiet()
    }

    @Test func pointTokenAndTermAreOneUnderThePointer() throws {
      let reader = try Reader(["ppo"])
      // A point of the picture: its token is marked.
      let term =
        try reader.page.evaluate(
          """
          (() => {
            const point = [...document.querySelectorAll(".plot .leads")].find(each => !each.classList.contains("is-chosen"));
            point.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
            return point.dataset.term;
          })()
          """
        ).string ?? ""
      let token =
        try reader.page.evaluate(
          "(node => [node.dataset.row, node.dataset.column].join())(\(Page.element(".token.is-pointed")))"
        ).string ?? ""
      #expect(term.hasSuffix("[\(token)]"), "\(term) \(token)")
      // A token: its points are marked, in each panel.
      try reader.page.evaluate(
        """
        document.querySelectorAll(".token")[2].dispatchEvent(
          new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }))
        """)
      let marked = try reader.page.evaluate(
        "[...document.querySelectorAll('.plot .is-chosen')].map(point => point.dataset.term)"
      ).strings
      #expect(marked.count <= 2)
      reader.expectQuiet()
    }
  }
}
