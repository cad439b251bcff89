import Testing
import WebPage

@Suite struct CompactSVGTests {
  /// As Graphviz 2.43 draws it.
  static let box =
    "M273.25,-497C273.25,-497 213.25,-497 213.25,-497 207.75,-497 202.25,-491.5 202.25,-486 202.25,-486 202.25,-475 "
    + "202.25,-475 202.25,-469.5 207.75,-464 213.25,-464 213.25,-464 273.25,-464 273.25,-464 278.75,-464 284.25,-469.5 "
    + "284.25,-475 284.25,-475 284.25,-486 284.25,-486 284.25,-491.5 278.75,-497 273.25,-497"

  @Test func aRoundedBoxIsWrittenByItsMeasures() {
    let svg = "<g id=\"n0\" class=\"node\">\n<path fill=\"none\" d=\"\(Self.box)\"/>\n</g>"
    #expect(
      CompactSVG.text(svg) == """
        <g id="n0" class="node">
        <path fill="none" d="M202.3,-486v11q0,11 11,11h60q11,0 11,-11v-11q0,-11 -11,-11h-60q-11,0 -11,11z"/>
        </g>
        """)
  }

  @Test func anEdgeKeepsItsPointsRounded() {
    let svg =
      "<g id=\"n0-n1\" class=\"edge\">\n<path d=\"\(Self.box)\"/>\n<polygon points=\"1.25,-0.04 -3.96,10\"/>\n</g>"
    let text = CompactSVG.text(svg)
    #expect(text.contains("d=\"M273.3,-497C273.3,-497 213.3,-497 213.3,-497 207.8,-497 202.3,-491.5 "))
    #expect(text.contains("points=\"1.3,0 -4,10\""))
  }

  @Test func otherPathsOfNodesStayPaths() {
    let svg = "<g class=\"node\">\n<path d=\"M1.25,2C3,4 5,6 7,8\"/>\n</g>"
    #expect(CompactSVG.text(svg) == "<g class=\"node\">\n<path d=\"M1.3,2C3,4 5,6 7,8\"/>\n</g>")
  }

  @Test func onlyCommentsAndTitlesGo() {
    let svg = "<svg>\n<!-- n0 -->\n<title>n0</title>\n<text x=\"1.25\">1.2345 d=\"M1.25,2\" &lt;!--</text>\n</svg>\n"
    #expect(CompactSVG.text(svg) == "<svg>\n<text x=\"1.25\">1.2345 d=\"M1.25,2\" &lt;!--</text>\n</svg>\n")
  }
}
