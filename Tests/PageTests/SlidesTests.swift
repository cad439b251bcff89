import Foundation
import Testing

extension PageTests {
  @Suite(.enabled(if: Browser.sharesScope, "they read what the page's script has declared"))
  struct SlidesTests {
    private func deck(_ source: String) throws -> Page {
      let file = PageFiles.folder.appending(path: "slides-\(source).html")
      try Command.output(["slides", source, "--output", file.path])
      let page = try Page()
      try page.setViewport(width: 1280, height: 720, scale: 1, isMobile: false, isDark: false)
      try page.open(file)
      try page.wait(until: "document.querySelectorAll('.slide.shown').length === 1")
      return page
    }

    /// Every part of every slide comes, one after the other, and back again; nothing is cut off.
    @Test(arguments: ["ppo", "dpo", "grpo-user-groups", "ppo-classic"])
    func everyStepIsReached(source: String) throws {
      let page = try deck(source)
      let slides = try #require(try page.evaluate("slides.length").integer)
      let expected = try #require(
        try page.evaluate("slides.reduce((sum, slide) => sum + Math.max(1, steps(slide).length), 0)").integer)
      #expect(slides > 8)
      var places: Set<String> = []
      for _ in 0..<expected {
        places.insert(try page.evaluate("`${current}/${shown}`").string ?? "")
        let isCut = try page.evaluate(
          "[...document.querySelectorAll('.slide.shown .body')].some((b) => b.scrollHeight > b.clientHeight + 1 || b.scrollWidth > b.clientWidth + 1)"
        )
        #expect(isCut == false)
        try page.evaluate("forward()")
      }
      #expect(places.count == expected)
      #expect(try page.evaluate("current").integer == slides - 1)
      #expect(try page.evaluate("document.querySelectorAll('.slide.shown .later').length").integer == 0)
      for _ in 1..<expected { try page.evaluate("back()") }
      #expect(try page.evaluate("current").integer == 0)
    }

    /// The pipeline's text can be read from the last bench, no index is smaller than that, and no button is cut off.
    @Test(arguments: ["ppo", "kto", "online-dpo", "ppo-classic"])
    func everySlideCanBeRead(source: String) throws {
      let page = try deck(source)
      let small = try page.evaluate(
        """
        slides.flatMap((slide, number) => {
          show(number, 99);
          const texts = [...slide.querySelectorAll("svg text, math mi, math mn, math mo")].filter(text => text.textContent.trim());
          const size = text => parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM?.().a ?? 1);
          const cut = [...slide.querySelectorAll(".copy")].filter(button => {
            const [own, box] = [button, button.closest(".formula, .body")].map(each => each.getBoundingClientRect());
            return own.top < box.top - 1 || own.bottom > box.bottom + 1 || own.right > box.right + 1;
          });
          return [...texts.filter(text => size(text) < 11.9).map(text => `${number + 1}: ${text.textContent} ${size(text)}`),
            ...cut.map(() => `${number + 1}: a button is cut off`)];
        })
        """
      ).strings
      #expect(small == [])
    }

    /// Each formula and each figure with formulas gives its LaTeX, which is that of the handout. The slides do not go on
    /// meanwhile, and paper has no buttons.
    @Test(arguments: ["ppo", "dpo"])
    func laTeXIsCopied(source: String) throws {
      let page = try deck(source)
      #expect(
        try page.evaluate(
          "[...document.querySelectorAll('.formula, figcaption')].every((part) => part.querySelector('.copy')?.dataset.latex)"
        )
          == true)
      try page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })"
      )
      try page.evaluate("show(slides.findIndex((slide) => slide.querySelector('figcaption math')))")
      let place = try page.evaluate("`${current}/${shown}`").string
      try page.click(".slide.shown .copy")
      try page.wait(until: "document.querySelector('.slide.shown .copy').textContent === 'Copied'")
      let copied = try #require(try page.evaluate("window.copied").string)
      let handout = String(
        decoding: try Command.output(["trace", source, "--brief", "--output", "-"]), as: UTF8.self)
      for formula in copied.split(separator: "\n") { #expect(handout.contains(formula), "\(formula)") }
      #expect(copied.split(separator: "\n").count > 1)
      #expect(try page.evaluate("`${current}/${shown}`").string == place)
      try page.call("Emulation.setEmulatedMedia", ["media": "print"])
      #expect(
        try page.evaluate(
          "[...document.querySelectorAll('.copy')].every((b) => getComputedStyle(b).display === 'none')")
          == true)
    }

    /// The notes of a stage are what the tour says there.
    @Test func theTourIsInTheNotes() throws {
      let page = try deck("ppo")
      try page.evaluate("show(slides.findIndex((slide) => slide.querySelector('h2')?.textContent === 'clip'))")
      try page.press("n")
      #expect(try page.evaluate("notes.checkVisibility()") == true)
      #expect(try page.evaluate("notes.textContent.includes('Why no gradient')") == true)
    }

    /// An arrow of the pipeline is there when both of its boxes are.
    @Test func arrowsComeWithTheirBoxes() throws {
      let page = try deck("ppo")
      try page.evaluate("show(slides.findIndex((slide) => slide.querySelector('svg g.node')))")
      let count = try #require(try page.evaluate("steps(slides[current]).length").integer)
      #expect(count > 10)
      for _ in 1..<count {
        #expect(
          try page.evaluate(
            """
            [...slides[current].querySelectorAll("g.edge:not(.later)")].every((edge) =>
              edge.querySelector("title").textContent.split("->").every((end) =>
                [...slides[current].querySelectorAll("g.node:not(.later) title")].some((t) => t.textContent === end.split(":")[0])))
            """) == true)
        try page.evaluate("forward()")
      }
      #expect(try page.evaluate("document.querySelectorAll('.slide.shown g.edge').length").integer ?? 0 > 8)
    }
  }
}
