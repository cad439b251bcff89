import Foundation
import Testing

extension PageTests {
  @Suite struct SlidesTests {
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
