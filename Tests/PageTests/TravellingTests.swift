import Foundation
import Testing

extension PageTests.WithEngine {
  /// What of a page goes elsewhere: its pictures, a figure, what a link to it shows.
  @Suite struct TravellingTests {
    /// What a button copied: the clipboard of a page from a file is closed, so that the field of old is read.
    private func copied(_ button: String, _ reader: Reader) throws -> String {
      try reader.page.evaluate(
        """
        (async () => {
          let text = null;
          Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async value => (text = value) } });
          \(Page.element(button)).click();
          await new Promise(done => setTimeout(done));
          return text;
        })()
        """
      ).string ?? ""
    }

    @Test(arguments: [(["ppo"], 1_500_000), (["grpo"], 1_500_000), (["grpo", "--train"], 2_500_000)])
    func aPageIsSmall(arguments: [String], limit: Int) throws {
      let size = try Data(contentsOf: PageFiles.page(arguments)).count
      #expect(size < limit)
    }

    private func check(_ svg: String, _ what: String, _ reader: Reader) throws {
      #expect(svg.hasPrefix("<svg"), "\(what)")
      #expect(svg.contains("xmlns=\"http://www.w3.org/2000/svg\""), "\(what)")
      #expect(!svg.contains("var(--raised)") && !svg.contains("<script"), "\(what)")
      // The page's policy would refuse a style that is parsed in it.
      let svg = svg.replacing(/<style>[^<]*<\/style>/, with: "")
      let isWhole = try reader.page.evaluate(
        "new DOMParser().parseFromString(\(JSON.string(svg)), 'image/svg+xml').querySelector('parsererror') === null")
      #expect(isWhole == true, "\(what): \(svg.prefix(300))")
    }

    @Test func everyPictureIsCopiedAsSVG() throws {
      let reader = try Reader(["ppo"])
      try check(copied(".picture-foot .copy-svg", reader), "the picture", reader)
      try reader.open("outcome")
      try check(copied("#copy-outcome", reader), "the outcome", reader)
      try reader.open("diagram")
      let diagram = try copied(".diagram-panel .copy-svg", reader)
      try check(diagram, "the diagram", reader)
      // It needs no style of the page.
      #expect(diagram.contains("fill=\"rgb(") && !diagram.contains("class="))
      reader.expectQuiet()
    }

    @Test(arguments: ["link", "page"]) func aFigureHasAPictureAnOptionASentenceAndALink(kind: String) throws {
      let arguments = kind == "link" ? ["ppo"] : ["ppo", "--figure"]
      let reader = try Reader(of: try PageFiles.page(arguments), fragment: kind == "link" ? "figure" : "") {
        try $0.setViewport(width: 400, height: 460)
      }
      for there in [".plot", "#claim", "#controls > .control:first-child", "#sentence", "#open-debugger"] {
        #expect(try reader.isVisible(there), "\(there)")
      }
      for gone in [".page-header", "#transport", "#inside", "#controls > .control:nth-child(2)", ".page-footer"] {
        #expect(try !reader.isVisible(gone), "\(gone)")
      }
      #expect(try (reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1) <= 0)
      let bottom =
        try reader.page.evaluate("\(Page.element("#figure-foot")).getBoundingClientRect().bottom").number ?? 999
      #expect(bottom <= 460, "\(bottom)")
      try reader.set("cliprange", "0.05")
      #expect(try reader.text("#changed-count").hasPrefix("◆"))
      try reader.page.wait(until: "document.getElementById('open-debugger').href.includes('cliprange:0.05')")
      let address = try reader.page.evaluate("document.getElementById('open-debugger').href").string ?? ""
      let whole = try Reader(at: address)
      #expect(try whole.isVisible("#transport") && whole.isVisible("#inside"))
      #expect(try whole.value("#option-cliprange") == "0.05")
      reader.expectQuiet()
      whole.expectQuiet()
    }

    @Test func theFooterNamesTheProgramsVersion() throws {
      let printed = String(decoding: try Command.output(["--version"]), as: UTF8.self)
      let version = try #require(printed.split(whereSeparator: { " \n".contains($0) }).first)
      #expect(try Reader(["ppo"]).text("#about").hasPrefix("Gradus \(version) "))
    }
  }

  /// Worlds of a reader's own.
  @Suite struct WorldTests {
    private func list(_ number: Int) -> String { ".world-list:nth-of-type(\(number))" }

    @Test func aWorldIsEditedRunAndSentByLink() throws {
      let reader = try Reader(["dpo"])
      try reader.page.click("#show-world")
      #expect(try reader.value("#world-vocabulary").hasSuffix("<eos>"))
      try reader.page.fill("#world-title", "Soup <b>or</b> salad")
      try reader.page.fill("#world-vocabulary", "we had soup salad good cold <eos>")
      try reader.page.evaluate(
        """
        (() => {
          const lists = Object.fromEntries([...document.querySelectorAll(".world-list")].map(list => [list.querySelector("summary").textContent.split(" ·")[0], list]));
          const fill = (name, rows) => {
            const list = lists[name];
            list.open = true;
            list.querySelectorAll(".world-row").forEach(row => row.remove());
            for (const row of rows) {
              list.querySelector(":scope > button").click();
              const inputs = [...list.querySelector(".world-row:last-child").querySelectorAll("input")];
              row.forEach((value, index) => (inputs[index].value = value));
            }
          };
          fill("Prompts", [["we had"]]);
          fill("Demonstrations", [["we had", "soup good <eos>"], ["we had", "salad cold <eos>"]]);
          fill("Pairs", [["we had", "soup good <eos>", "salad cold <eos>"], ["we had", "soup <eos>", "salad <eos>"]]);
          fill("True taste", [["good", "1"], ["cold", "−0.5"]]);
        })()
        """)
      try reader.page.click("#world .is-primary")
      #expect(try reader.text("#world-message") == "")
      #expect(try reader.text("#source-title") == "Soup <b>or</b> salad")
      #expect(try reader.texts(".response .token-text").contains("soup"))
      let address = try reader.address()
      #expect(address.contains("world="))
      let other = try Reader(at: address)
      #expect(try other.text("#source-title") == "Soup <b>or</b> salad")
      #expect(try other.texts(".token-text") == reader.texts(".token-text"))
      reader.expectQuiet()
      other.expectQuiet()
    }

    /// Of many words those stand beside each other that have some probability, and none over another.
    @Test(arguments: [1280, 390]) func manyWordsHaveRoom(width: Int) throws {
      let window = Window(name: "window", width: width, height: 844, isMobile: width < 600)
      let reader = try Reader(of: try PageFiles.page(["ppo"]), viewport: window.apply)
      try reader.page.evaluate("document.getElementById('show-world').click()")
      let words = try reader.value("#world-vocabulary").split(separator: " ").map(String.init)
      let more = (1...20).map { "word\($0)" }
      try reader.page.fill("#world-vocabulary", (words.dropLast() + more + [words.last ?? ""]).joined(separator: " "))
      try reader.page.evaluate("document.querySelector('#world .is-primary').click()")
      #expect(try reader.text("#world-message") == "")
      try reader.waitForFrame()
      let shown = try reader.count(".row-bar")
      #expect(try reader.text(".row-title").hasSuffix(" · \(words.count + 20 - shown) more left out"))
      let over = try reader.page.evaluate(
        """
        (() => {
          const panel = document.querySelector(".row-panel").getBoundingClientRect();
          const boxes = [...document.querySelectorAll(".row-percent")].map(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return range.getBoundingClientRect(); });
          return boxes.filter((box, index) => box.right > panel.right || (index > 0 && box.left < boxes[index - 1].right - 1)).length;
        })()
        """)
      #expect(over == 0)
      reader.expectQuiet()
    }

    /// What is saved is a scenario that the command opens, with the same numbers.
    @Test(arguments: ["ppo", "grpo-user-groups", "kto"]) func whatIsSavedOpensInTheCommand(source: String) throws {
      let reader = try Reader([source])
      try reader.page.click("#show-world")
      let yaml =
        try reader.page.evaluate(
          """
          new Promise((done, fail) => {
            const create = URL.createObjectURL;
            URL.createObjectURL = blob => (blob.text().then(done), create.call(URL, blob));
            document.addEventListener("click", event => event.target.download && event.preventDefault(), true);
            \(Page.element("#world-save")).click();
            setTimeout(() => fail(document.getElementById("world-message").textContent), 3000);
          })
          """
        ).string ?? ""
      let file = try PageFiles.file("saved-\(source).yaml", yaml)
      try reader.page.press("Escape")
      try reader.page.press("End")
      let loss = try reader.run("print loss")
      let expected = try Command.output(["step", file.path], input: "goto end\nprint loss\n")
      #expect(String(decoding: expected, as: UTF8.self).contains(loss.trimmingCharacters(in: .newlines)), "\(loss)")
      reader.expectQuiet()
    }

    @Test(arguments: [
      ("a b c", "the last token of vocabulary must be '<eos>'"), ("a a <eos>", "the token 'a' is there twice"),
      ("<eos>", "vocabulary must have 2 to 64 tokens"),
    ])
    func whatIsWrongIsSaidInTheDialog(vocabulary: String, message: String) throws {
      let reader = try Reader(["ppo"])
      try reader.page.click("#show-world")
      try reader.page.fill("#world-vocabulary", vocabulary)
      try reader.page.click("#world .is-primary")
      #expect(try reader.text("#world-message").contains(message))
      #expect(try reader.isVisible("#world"))
      #expect(try reader.text("#source-name") == "ppo")
      reader.expectQuiet()
    }

    @Test func aWorldOfStatesHasNoLanguageToEdit() throws {
      #expect(try !Reader(["ppo-classic"]).isVisible("#show-world"))
    }
  }

  /// Links that hold more than a place.
  @Suite struct StopsInLinksTests {
    @Test func breakpointsAndWatchesAreInTheLink() throws {
      let reader = try Reader(["ppo", "--at", "start"])
      try reader.run("break ratio > 1.2")
      try reader.run("watch mean(advantage)")
      let address = try reader.address()
      #expect(address.contains("break=") && address.contains("watch="))
      let other = try Reader(at: address)
      #expect(try other.texts(".breakpoints code") == ["ratio > 1.2"])
      #expect(try other.texts(".watches dt") == ["mean(advantage)"])
      #expect(try other.address() == address)
      reader.expectQuiet()
      other.expectQuiet()
    }

    @Test func oneBadItemTakesNoOtherWithIt() throws {
      let reader = try Reader(
        fragment: "at=50&set=cliprange:0.1&set=nothing:1&set=kl_coef:9e99&break=nonsense[&break=clipped")
      let notice = try reader.notice()
      for part in ["nothing", "kl_coef", "nonsense"] { #expect(notice.contains(part), "\(notice)") }
      #expect(try reader.value("#option-cliprange") == "0.1")
      #expect(try reader.beat() == 50)
      #expect(try reader.texts(".breakpoints code") == ["clipped"])
      reader.expectQuiet()
    }
  }
}
