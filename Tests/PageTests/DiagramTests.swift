import Testing

extension PageTests.WithEngine {
  @Suite struct DiagramTests {
    @Test func everyStageHasItsDrawingWithTheValuesOfTheBeat() throws {
      let reader = try Reader()
      let problems = try reader.page.evaluate(
        """
        (async () => {
          \(askEngine)
          const { stages } = ask({ do: "open", pane: 0, source: { name: "ppo" }, preset: null, settings: [],
                                   changes: { settings: [], terms: [] }, at: 0 });
          const field = document.getElementById("position"), found = [];
          const seen = new Set();
          for (const { name, first, count } of stages) {
            if (seen.has(name)) continue;
            seen.add(name);
            const at = first + count - 1, { diagram } = ask({ do: "view", pane: 0, at });
            field.value = at;
            field.dispatchEvent(new Event("change"));
            const drawn = [...document.querySelectorAll(".diagram g.node")].map(node =>
              [...node.querySelectorAll("text")].map(text => text.textContent));
            if (diagram === null && drawn.length > 0) found.push(name + ": a drawing of nothing");
            for (const node of diagram?.nodes ?? [])
              if (!drawn.some(([title, value]) => title === node.name && (value ?? "").startsWith(node.value.replace(/^-/, "−"))))
                found.push(`${name} at ${at}: ${node.name} ${node.value} is not drawn`);
          }
          return found;
        })()
        """)
      #expect(problems == [])
      reader.expectQuiet()
    }

    @Test func aStructureThatThePageHasNoDrawingOfIsLaidOutByTheEngine() throws {
      let reader = try Reader(["dpo"])
      try reader.run("goto pair-loss")
      #expect(try reader.count(".diagram g.node") > 0)
      // Its loss is made of other terms.
      try reader.set("loss_type", "ipo")
      try reader.open("diagram")
      #expect(try reader.count(".diagram g.node") > 0)
      #expect(try !reader.text(".diagram-note").contains("no drawing"))
      let names = try reader.texts(".diagram .node-name")
      #expect(names.allSatisfy { $0 != "–" && $0 != "" }, "\(names)")
      reader.expectQuiet()
    }

    @Test func aClickOnANodeShowsItsTerm() throws {
      let reader = try Reader()
      try reader.run("goto ratio")
      let name = try reader.text(".diagram g.weight-root text:first-of-type")
      try reader.page.evaluate(
        "\(Page.element(".diagram g.weight-root")).dispatchEvent(new MouseEvent('click', { bubbles: true }))")
      #expect(try reader.text(".term.is-chosen .term-name") == name)
      reader.expectQuiet()
    }
  }
}
