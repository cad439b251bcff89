import Testing

extension PageTests.WithEngine {
  /// The page without a mouse, and without eyes.
  @Suite struct AccessibilityTests {
    private static let controls: Set = [
      "button", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "slider", "spinbutton", "link",
      "menuitem",
      "tab", "switch",
    ]

    private static let tabs = ["responses", "story", "options", "terms", "diagram", "policy", "stages", "commands"]

    @Test(.enabled(if: Browser.hasAccessibilityTree, "Firefox's driver gives no accessibility tree"))
    func everyControlHasAName() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      try reader.page.click("#compare")
      try reader.page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
      var count = 0
      for tab in Self.tabs {
        try reader.open(tab)
        let controls = try reader.page.accessibleNodes().filter { Self.controls.contains($0.role) }
        #expect(controls.allSatisfy { !$0.name.isEmpty }, "\(tab): \(controls.filter { $0.name.isEmpty })")
        count += controls.count
      }
      #expect(count > 8 * 40)
    }

    @Test(.enabled(if: Browser.hasAccessibilityTree, "Firefox's driver gives no accessibility tree"))
    func headingsAndLandmarksAreThere() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      for tab in Self.tabs {
        try reader.open(tab)
        try expectOrder(of: reader.page.accessibleNodes())
      }
    }

    private func expectOrder(of nodes: [Page.AccessibleNode]) throws {
      #expect(nodes.filter { $0.role == "main" }.count == 1)
      #expect(nodes.filter { $0.role == "heading" && $0.properties["level"] == 1 }.count == 1)
      let levels = nodes.filter { $0.role == "heading" }.compactMap { $0.properties["level"]?.integer }
      for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1, "\(levels)") }
      let names = nodes.filter { $0.role == "navigation" || $0.role == "region" }.map(\.name)
      #expect(!names.contains(""))
      #expect(Set(names).count == names.count, "\(names)")
    }

    @Test func idsAreUniqueAndLabelsLead() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      try reader.page.click("#compare")
      let problems = try reader.page.evaluate(
        """
        (() => {
          const found = [], seen = new Set();
          for (const { id } of document.querySelectorAll("[id]")) { if (seen.has(id)) found.push("twice: " + id); seen.add(id); }
          for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls"])
            for (const element of document.querySelectorAll(`[${name}]`))
              for (const id of element.getAttribute(name).split(" "))
                if (!document.getElementById(id)) found.push(`${name} leads nowhere: ${id}`);
          for (const element of document.querySelectorAll("[tabindex]"))
            if (element.tabIndex > 0) found.push("out of order: " + element.outerHTML.slice(0, 80));
          return found;
        })()
        """)
      #expect(problems == [])
    }

    @Test func everythingIsReachedWithTheTabKeyAndLeftAgain() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      let expected: Set = [
        "start-tour", "open-file", "compare", "copy-link", "theme", "show-keys", "beat-back", "play", "beat-forward",
        "speed", "position", "slider", "option-cliprange", "tab-commands", "console-input", "breakpoint-input",
      ]
      try reader.open("commands")
      var reached: Set<String> = []
      var hasCome = false
      for _ in 0..<400 {
        try reader.page.press("Tab")
        let id = try reader.page.evaluate(
          "document.activeElement === document.body ? 'BODY' : document.activeElement.id")
        if id == "BODY" {
          hasCome = true
          break
        }
        if let id = id.string, !id.isEmpty { reached.insert(id) }
        #expect(try reader.page.evaluate("document.activeElement.checkVisibility()") == true)
      }
      #expect(hasCome, "the tab key never comes to the end")
      #expect(expected.subtracting(reached).isEmpty, "\(expected.subtracting(reached))")
    }

    @Test func whatHasTheFocusIsSeen() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      for id in ["#beat-forward", "#slider", "#option-cliprange", "#console-input", "#compare", ".term-name"] {
        try reader.open(id == ".term-name" ? "terms" : "commands")
        try reader.page.evaluate("\(Page.element(id)).focus({ focusVisible: true })")
        let outline = try reader.page.evaluate(
          "(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1)(getComputedStyle(document.activeElement))"
        )
        #expect(outline == true, "\(id) shows no outline")
      }
    }

    @Test func aReaderWithoutAMouseChangesAnOptionAndComesBack() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      try reader.page.focus("#option-cliprange")
      try reader.page.press("Control+a")
      try reader.page.evaluate("document.activeElement.select()")
      try reader.page.type("0.05")
      try reader.page.press("Enter")
      #expect(try reader.text("#changed-count") != "")
      // Keys of a field are the field's.
      let beat = try reader.beat()
      try reader.page.press("ArrowLeft")
      try reader.page.press("Home")
      #expect(try reader.beat() == beat)
      try reader.page.press("Escape")
      try reader.page.press("ArrowRight")
      #expect(try reader.beat() == beat + 1)
      try reader.page.press("/")
      #expect(try reader.page.evaluate("document.activeElement.id") == "console-input")
      #expect(try reader.value("#console-input") == "")
      try reader.page.press("Escape")
      try reader.page.press("?")
      #expect(try reader.page.evaluate("document.getElementById('keys').open") == true)
      try reader.page.press("ArrowRight")
      #expect(try reader.beat() == beat + 1)
      try reader.page.press("Escape")
      #expect(try reader.page.evaluate("document.getElementById('keys').open") == false)
      reader.expectQuiet()
    }

    @Test func aListIsOneTabStop() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      for (tab, selector) in [
        ("terms", ".term-name"), ("stages", "#stage-groups button"), ("stages", "#tabs [role=tab]"),
      ] {
        try reader.open(tab)
        #expect(try reader.count(selector) > 1)
        #expect(try reader.count("\(selector)[tabindex='0']") == 1, "\(selector)")
      }
      try reader.page.focus("#stage-groups button[tabindex='0']")
      let before = try reader.page.evaluate("document.activeElement.dataset.stage").string.flatMap { Int($0) }
      try reader.page.press("ArrowDown")
      let after = try reader.page.evaluate("document.activeElement.dataset.stage").string.flatMap { Int($0) }
      #expect(after == before.map { $0 + 1 })
    }

    @Test func theSentenceIsReadAloudAndTheSliderSaysWhereItIs() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      #expect(try reader.page.evaluate("\(Page.element("#sentence")).getAttribute('aria-live')") == "polite")
      let slider = try reader.page.evaluate("\(Page.element("#slider")).getAttribute('aria-valuetext')")
      #expect(slider.string?.hasPrefix("beat 350, ") == true, "\(slider)")
    }
  }
}
