import Foundation
import Testing

extension PageTests.WithEngine {
  @Suite struct PermalinkTests {
    @Test func theAddressAsWrittenSaysNothing() throws {
      let reader = try Reader(["ppo", "--at", "100"])
      #expect(try !reader.address().contains("#"))
    }

    @Test func anAddressBringsTheViewBack() throws {
      let reader = try Reader()
      try reader.set("cliprange", "0.1")
      try reader.set("seed", "8")
      try reader.goTo(350)
      try reader.setReward(0, 2.5)
      try reader.page.click("#compare")
      try reader.set("cliprange", "0.4")
      try reader.goTo(340)
      let address = try reader.address()
      for part in ["at=340", "set=cliprange:0.1", "set=seed:8", "what=score", ":2.5", "variant=cliprange:0.4"] {
        #expect(address.contains(part), "\(part) in \(address)")
      }
      let other = try Reader(at: address)
      #expect(try other.count(".pane") == 2)
      // The reader who made the variant still has its controls before them.
      try other.page.click("#pane-choice [data-pane='1']")
      #expect(try other.sight() == reader.sight())
      #expect(try other.address() == address)
      reader.expectQuiet()
      other.expectQuiet()
    }

    @Test func aLinkCanLeadToAnotherSource() throws {
      let reader = try Reader(fragment: "source=dpo&set=beta:0.3&at=50")
      #expect(try reader.text("#source-name") == "dpo")
      #expect(try reader.beat() == 50)
      #expect(try reader.value("#option-beta") == "0.3")
      #expect(try Reader(at: reader.address()).sight() == reader.sight())
      reader.expectQuiet()
    }

    /// At its beginning a recording has nothing of what its picture claims.
    @Test func aLinkToASourceAloneLeadsToItsPicture() throws {
      let reader = try Reader(fragment: "source=grpo")
      #expect(try reader.beat() > 0)
      #expect(try reader.count(".plot .leads") > 0)
      try reader.goTo(0)
      #expect(try Reader(at: reader.address()).beat() == 0)
      reader.expectQuiet()
    }

    @Test func anotherFragmentInTheAddressFieldIsFollowed() throws {
      let reader = try Reader()
      try reader.page.evaluate("location.hash = '#at=77&set=gamma:0.5'")
      try reader.page.wait(until: "document.getElementById('slider').value === '77'")
      #expect(try reader.value("#option-gamma") == "0.5")
      reader.expectQuiet()
    }

    /// What a link can get wrong.
    private static let wrong = [
      "at=", "at=-1", "at=1e99", "at=99999", "at=999999999999999999999", "picture=nope", "picture=NOPE", "%",
      "%E0%A4%A", "set=", "set=cliprange", "set=:",
      "set=cliprange:9e9", "set=nothing:1", "set=seed:-1", "set=seed:99999999999999999999", "what=score[0]@9999:1",
      "what=nothing@0:1", "what=score[0]@0:NaN", "what=score[0]@0:1e999", "what=@:", "variant=nothing:1",
      "source=nothing", "source=", "source=__proto__", "source=../../etc/passwd", "a=b", "set=constructor:1",
      "set=__proto__:1", "what=__proto__@0:1", "<img src=x onerror=alert(1)>",
      "source=<img src=x onerror=alert(1)>", "set=<script>alert(1)</script>:1",
    ]

    @Test func whatALinkGetsWrongIsSaidAndThePageIsShown() throws {
      let reader = try Reader()
      for fragment in Self.wrong {
        try reader.goTo(3)
        try reader.page.evaluate(
          """
          new Promise(done => {
            document.getElementById("notice").hidden = true;
            addEventListener("hashchange", () => setTimeout(done), { once: true });
            location.hash = \(JSON.string("#" + fragment));
          })
          """)
        #expect(try reader.notice() != "", "\(fragment)")
        #expect(try reader.text("#source-name") == "ppo", "\(fragment)")
        #expect(try reader.text("#sentence") != "", "\(fragment)")
        #expect(try reader.count(".term") > 0, "\(fragment)")
        // It goes on from there.
        try reader.page.press("Home")
        try reader.page.press("ArrowRight")
        #expect(try reader.beat() == 1, "\(fragment)")
      }
      #expect(try reader.count("img") == 0)
      reader.expectQuiet()
    }

    /// It does not stay in the address either.
    @Test func aPlotOrABeatThatIsNotThereIsSaid() throws {
      let reader = try Reader(fragment: "source=grpo&picture=gae&at=99999")
      #expect(try reader.notice().contains("picture=gae: it is none of "))
      let last = try reader.lastBeat()
      #expect(try reader.notice().contains("at=99999: the last beat is \(last)"))
      let address = try reader.address()
      #expect(!address.contains("picture") && !address.contains("99999"), "\(address)")
      #expect(try Reader(fragment: "set=num_ppo_epochs:1&at=1400").notice().contains("at=1400"))
      reader.expectQuiet()
    }

    @Test(arguments: [
      "%E0%A4%A", "at=999999999999999999999", "source=<img src=x onerror=alert(1)>", "set=cliprange:9e9",
    ])
    func aPageThatIsOpenedByAWrongLinkIsShown(fragment: String) throws {
      let reader = try Reader(fragment: fragment)
      #expect(try reader.notice() != "")
      #expect(try reader.text("#source-name") == "ppo")
      #expect(try reader.count(".term") > 0)
      reader.expectQuiet()
    }

    @Test func aLinkMayHoldNothingOrAPlaceTwice() throws {
      #expect(try Reader(fragment: "&&").notice() == "")
      #expect(try Reader(fragment: "at=3&at=5").beat() == 5)
      #expect(try Reader(fragment: "at=999999999").beat() == Reader().lastBeat())
      #expect(try Reader(fragment: "variant=").count(".pane") == 2)
      #expect(try Reader(fragment: "main").notice() == "")
    }

    @Test func aFrameShowsTheRecordingAlone() throws {
      let file = try PageFiles.page(["ppo"])
      let frame = try PageFiles.file(
        "frame.html",
        "<!doctype html><title>t</title><iframe width=800 height=600 src='\(file.lastPathComponent)#at=5'></iframe>")
      let page = try Page()
      try page.open(frame)
      #expect(page.problems == [])
      let alone = try Reader(fragment: "embed&at=5")
      #expect(try !alone.isVisible(".page-header"))
      #expect(try !alone.isVisible(".page-footer"))
      #expect(try alone.isVisible("#transport"))
      #expect(try alone.beat() == 5)
      try alone.page.press("ArrowRight")
      try alone.page.wait(until: "location.hash === '#embed&at=6'")
      alone.expectQuiet()
    }
  }
}
