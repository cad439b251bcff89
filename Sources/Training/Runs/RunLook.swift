/// A run's style among others: a letter, a hue and a dash, so that nothing depends on colour.
struct RunLook: Equatable {
  let index: Int

  /// The number of distinct styles.
  static let most = 12

  var letter: String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26))) }

  var lineClass: String { "run hue-\(hue) dash-\(dash)" }
  var dotClass: String { "run-dot hue-\(hue)" }

  private var hue: Int { index % Self.hues.count }
  /// From the seventh run on hues repeat, with other dashes.
  private var dash: Int { (index + index / Self.hues.count * 3) % Self.dashes.count }

  /// A piece of the run's line, for a legend.
  var swatch: String {
    "<svg class=\"curve swatch\" viewBox=\"0 0 44 12\" width=\"44\" height=\"12\" aria-hidden=\"true\">"
      + "<path class=\"\(lineClass)\" d=\"M1 6L36 6\"/><circle class=\"\(dotClass)\" cx=\"39\" cy=\"6\" r=\"3\"/></svg>"
  }

  /// Okabe and Ito's, dark or light enough to stand out from the page.
  private static let hues = [
    (light: "#0072b2", dark: "#58a6e0"), (light: "#d55e00", dark: "#f0935a"), (light: "#008f68", dark: "#3cc9a0"),
    (light: "#b0458c", dark: "#e48fc4"), (light: "#a07000", dark: "#e0b040"), (light: "#5f6b7a", dark: "#aab4c0"),
  ]
  private static let dashes = ["none", "7 4", "2 3", "10 3 2 3", "13 5", "5 3 1.5 3 1.5 3"]

  static let style =
    hues.indices.map { ".curve .hue-\($0){--hue:\(hues[$0].light)}" }.joined()
    + "@media (prefers-color-scheme:dark){"
    + hues.indices.map { ".curve .hue-\($0){--hue:\(hues[$0].dark)}" }.joined() + "}"
    + "@media print{" + hues.indices.map { ".curve .hue-\($0){--hue:\(hues[$0].light)}" }.joined() + "}\n"
    + dashes.indices.map { ".curve .dash-\($0){stroke-dasharray:\(dashes[$0])}" }.joined()
    + "\n.curve path.run{stroke:var(--hue);stroke-width:2;stroke-linecap:butt}.curve .run-dot{fill:var(--hue)}"
    + ".curve .run-text{fill:var(--text)}"
}
