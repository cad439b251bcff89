import Foundation
import Testing

/// A window that the page must fit.
struct Window: CustomTestStringConvertible, Sendable {
  let name: String
  let width: Int
  let height: Int
  var isMobile = false
  var isDark = false
  var testDescription: String { name }

  func apply(_ page: Page) throws {
    try page.setViewport(
      width: width, height: height, scale: isMobile ? 2 : 1, isMobile: isMobile, isDark: isDark)
  }

  static let all = [
    Window(name: "phone", width: 360, height: 740, isMobile: true),
    Window(name: "phone-dark", width: 360, height: 740, isMobile: true, isDark: true),
    Window(name: "tablet", width: 820, height: 1180, isMobile: true),
    Window(name: "laptop", width: 1280, height: 800),
    Window(name: "laptop-dark", width: 1280, height: 800, isDark: true),
    Window(name: "projector", width: 1920, height: 1080),
    Window(name: "projector-dark", width: 1920, height: 1080, isDark: true),
  ]
}

extension PageTests.WithEngine {
  @Suite struct LayoutTests {
    /// Where it is tightest and where it is widest, also what has long names and long formulas.
    private static func sources(_ window: Window) -> [String] {
      ["phone", "projector"].contains(window.name) ? ["ppo", "dpo", "grpo-user-groups"] : ["ppo"]
    }

    @Test(arguments: Window.all)
    func nothingIsWiderThanTheWindow(window: Window) throws {
      for source in Self.sources(window) {
        let reader = try Reader(
          of: try PageFiles.page(["ppo"]), fragment: source == "ppo" ? "" : "source=\(source)", viewport: window.apply)
        let last = try reader.lastBeat()
        for beat in [0, last / 3, last / 2, last] {
          try reader.goTo(beat)
          try reader.waitForFrame()
          let width = try reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1
          #expect(width <= 0, "\(source) at beat \(beat) is \(width) wider")
          let pairs = try reader.page.evaluate(overlaps)
          #expect(pairs == [], "\(source) at beat \(beat)")
        }
        try reader.goTo(last / 2)
        try save(reader, "\(window.name)-\(source)")
        reader.expectQuiet()
      }
    }

    @Test(arguments: Window.all)
    func twoPanesFitToo(window: Window) throws {
      let reader = try Reader(
        of: try PageFiles.page(["ppo"]), fragment: "at=350&variant=cliprange:0.05", viewport: window.apply)
      #expect(try reader.count(".pane") == 2)
      #expect(try (reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1) <= 0)
      try save(reader, "\(window.name)-variant")
      try reader.run("explain loss")
      #expect(try (reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1) <= 0)
      reader.expectQuiet()
    }

    @Test(arguments: [Window.all[0], Window.all[3], Window.all[5]])
    func nothingJumpsWhileStepping(window: Window) throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "at=300", viewport: window.apply)
      try reader.page.evaluate(
        """
        (() => {
        window.shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => [entry.value,
          ...entry.sources.map(source => source.node?.id || source.node?.className || source.node?.nodeName || "?")])))
          .observe({ type: "layout-shift" });
        window.places = () => JSON.stringify(["transport", "main", "panes", "stages", "controls", "console-form", "slider"]
          .map(id => { const box = document.getElementById(id).getBoundingClientRect();
                       return [id, ...[box.x, box.y + scrollY, box.width].map(Math.round)]; })
          .concat([...document.querySelectorAll(".panel")].map(panel => { const box = panel.getBoundingClientRect();
                       return [panel.className, Math.round(box.x), Math.round(box.y + scrollY)]; })));
        })()
        """)
      let before = try reader.page.evaluate("places()")
      for beat in stride(from: 301, through: 420, by: 7) {
        try reader.goTo(beat)
        try reader.waitForFrame()
        let after = try reader.page.evaluate("places()")
        guard after == before else {
          Issue.record("at beat \(beat) things are elsewhere:\n\(after.string ?? "")\nwere\n\(before.string ?? "")")
          break
        }
      }
      // Changes of a reader are no shifts of the browser's; what it counts is what moved by itself.
      let shifts = try reader.page.evaluate("shifts.filter(shift => shift[0] > 0.02)")
      #expect(shifts == [])
    }

    @Test(arguments: [false, true])
    func textsStandOutFromTheirBackground(isDark: Bool) throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "at=350") {
        try $0.setViewport(width: 1280, height: 800, isDark: isDark)
      }
      let background = try reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
      #expect(try background != Reader().page.evaluate("getComputedStyle(document.body).backgroundColor") || !isDark)
      try reader.set("cliprange", "0.05")
      try reader.run("list")
      let weak = try reader.page.evaluate(contrast)
      #expect(weak == [], "below 4.5 to 1")
    }

    @Test func thePageIsPrinted() throws {
      let reader = try Reader(["ppo", "--at", "350"])
      let paper = try reader.page.pdf()
      try Screenshots.save(paper, "printed.pdf")
      #expect(paper.starts(with: Data("%PDF".utf8)))
      // Firefox packs what tells of pages.
      if Browser.isFirefox { return }
      let text = String(decoding: paper, as: Unicode.ASCII.self)
      let pages = text.ranges(of: "/Type /Page\n").count
      #expect((1...6).contains(pages), "\(pages) pages")
    }

    @Test func aReaderWhoWantsNoMotionGetsNone() throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"])) {
        try $0.setViewport(width: 1280, height: 800, prefersReducedMotion: true)
      }
      let moving = try reader.page.evaluate(
        """
        [...document.querySelectorAll("*")].filter(element => {
          const style = getComputedStyle(element);
          return parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01; }).length
        """)
      #expect(moving == 0)
    }

    private func save(_ reader: Reader, _ name: String) throws {
      try Screenshots.save(reader.page.screenshot(ofAll: true), "\(name).png")
    }
  }
}

/// JavaScript: pairs of texts of the header and the transport bar that lie upon each other.
private let overlaps = """
  (() => {
    const texts = [...document.querySelectorAll(".page-header *, #transport *, .beat *")].filter(element =>
      [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && element.checkVisibility()
      && !element.closest("option, kbd, .hidden-text, [hidden]"));
    // Line by line, and only as far as what is cut off can be seen.
    const boxes = texts.flatMap(element => {
      const range = document.createRange(), own = element.getBoundingClientRect();
      range.selectNodeContents(element);
      const isCut = getComputedStyle(element).overflow !== "visible";
      return [...range.getClientRects()].map(box => ({
        text: element.textContent.trim().slice(0, 30), element, left: box.left, top: box.top, bottom: box.bottom,
        right: isCut ? Math.min(box.right, own.right) : box.right }));
    });
    const found = [];
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
      if (a.element.contains(b.element) || b.element.contains(a.element)) return;
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
        found.push(a.text + " | " + b.text);
    }));
    return found;
  })()
  """

/// JavaScript: the texts that are visible with less contrast than WCAG 2 asks for, each kind once.
private let contrast = """
  (() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
    const light = color => color.slice(0, 3).map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const background = element => element === null ? [255, 255, 255, 1]
      : over(rgba(getComputedStyle(element).backgroundColor), background(element.parentElement));
    const weak = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, element = node.parentElement;
      if (!node.textContent.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest("svg, :disabled, script, style, template, .hidden-text, option")) continue;
      const style = getComputedStyle(element), below = background(element);
      const a = light(over(rgba(style.color), below)), b = light(below);
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
      const kind = (element.className || element.tagName) + " " + style.color + " on " + below.map(Math.round).join(",");
      if (ratio < (isLarge ? 3 : 4.5)) weak.set(kind, kind + ": " + ratio.toFixed(2) + " “" + node.textContent.trim().slice(0, 30) + "”");
    }
    return [...weak.values()];
  })()
  """
