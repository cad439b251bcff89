import Testing

/// What in a picture could not be read.
enum Legibility {
  /// The texts of the plot in the picture that are painted too small, go beyond its border, or lie over each other; each line
  /// says which. A drawing of a pipeline, which may be scrolled, has a test of its own.
  static func problems(in page: Page) throws -> [String] { try page.evaluate(script).strings }

  private static let script = """
    (() => {
      const box = document.querySelector(".picture");
      const plot = box.querySelector(":scope > .plot");
      if (plot === null || !box.checkVisibility({ visibilityProperty: true })) return [];
      const frame = box.getBoundingClientRect(), found = [];
      const scale = plot.getScreenCTM().a;
      const texts = [...plot.querySelectorAll("text")].map(text => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const size = parseFloat(getComputedStyle(text).fontSize) * scale, middle = (top + bottom) / 2;
        // As high as digits and capitals: what is above and below them is empty in most letters.
        return { name: text.textContent, size, left, right, top: middle - 0.36 * size, bottom: middle + 0.36 * size };
      });
      for (const { name, size } of texts) if (size < 10.95) found.push(`${name}: ${size.toFixed(1)} px`);
      for (const { name, left, right, top, bottom } of texts)
        if (left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1)
          found.push(`${name}: beyond the border`);
      texts.forEach((a, index) => texts.slice(index + 1).forEach(b => {
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
          found.push(`${a.name} over ${b.name}`);
      }));
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) found.push("the plot is larger than its box");
      return found;
    })()
    """

  /// What is read above the picture and has no room, such as the sentence.
  static func cut(in page: Page) throws -> [String] {
    try page.evaluate(
      """
      ["claim", "sentence"].filter(id => {
        const element = document.getElementById(id);
        return element.checkVisibility() && element.scrollHeight > element.clientHeight + 2;
      })
      """
    ).strings
  }
}
