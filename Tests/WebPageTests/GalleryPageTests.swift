import Testing
import WebPage

@Suite struct GalleryPageTests {
  @Test func aLinkIsEncoded() {
    #expect(GalleryPage.Link("", at: 3).fragment == "at=3")
    let link = GalleryPage.Link("", at: 3, settings: [("cliprange", "0.1")], variant: [("a b", "é&=#:")])
    #expect(link.fragment == "at=3&set=cliprange:0.1&variant=a%20b:%C3%A9%26%3D%23%3A")
  }

  @Test func textIsNeverMarkup() throws {
    let hostile = "</li></style><script>alert(1)</script>\"'&"
    var card = GalleryPage.Card(
      name: hostile, title: hostile, algorithm: hostile, file: hostile, hint: hostile, extent: hostile)
    card.links = [GalleryPage.Link(hostile, at: 1, settings: [(hostile, hostile)])]
    let text = String(decoding: try GalleryPage(cards: [card], hasEngine: false).html(), as: UTF8.self)
    #expect(!text.contains("<script"))
    #expect(text.ranges(of: "</style").count == 1)
    #expect(text.ranges(of: "<li class=\"card\">").count == 1)
    #expect(!text.contains("\"'&\""))
  }
}
