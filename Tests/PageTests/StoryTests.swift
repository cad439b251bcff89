import Foundation
import Notebooks
import Testing

extension PageTests.WithEngine {
  /// The tours in the page.
  @Suite struct StoryTests {
    private static let windows = [
      Window(name: "phone", width: 390, height: 844, isMobile: true), Window(name: "laptop", width: 1280, height: 720),
    ]

    /// Every scene of every tour runs without an error, each question in it can be answered, its picture is there and can be
    /// read, and nothing in it is wider than the window.
    @Test(arguments: BuiltInPage.tours.map { $0.name })
    func everySceneIsShown(tour: String) throws {
      let reader = try Reader([tour])
      let scenes = try #require(BuiltInPage.tours.first { $0.name == tour }).notebook().sections.filter {
        $0.title != nil
      }
      try reader.page.click("#start-tour")
      for (number, scene) in scenes.enumerated() {
        #expect(try reader.text("#scene h2") == scene.title)
        try reader.page.wait(until: "location.hash === '#story=\(tour)/\(number + 1)'")
        var questions = 0
        while try reader.count("#scene .prediction") > 0 {
          questions += 1
          let isHidden = try reader.page.evaluate(
            "document.querySelector('.picture').checkVisibility({ visibilityProperty: true })")
          #expect(isHidden == false, "the picture tells the answer")
          try reader.page.evaluate("[...document.querySelectorAll('#scene .prediction button')].at(-1).click()")
        }
        let asked = scene.parts.count { part in if case .answer = part { true } else { false } }
        #expect(questions == asked, "scene \(number + 1)")
        #expect(try reader.texts("#scene > .message:not(:empty)") == [], "scene \(number + 1)")
        #expect(try reader.count("#scene .style-error") == 0, "scene \(number + 1)")
        let drawn = try reader.count(".picture > svg:not(.grips)")
        #expect(drawn == 1, "scene \(number + 1)")
        for window in Self.windows {
          try window.apply(reader.page)
          try reader.waitForFrame()
          let width = try reader.page.evaluate("document.documentElement.scrollWidth - innerWidth").number ?? 1
          #expect(width <= 0, "scene \(number + 1) is wider than \(window.width)")
          let problems = try Legibility.problems(in: reader.page)
          #expect(problems == [], "scene \(number + 1) in \(window.name)")
          if window.isMobile { #expect(try Legibility.cut(in: reader.page) == [], "scene \(number + 1)") }
          let name = String(format: "scene-\(tour)-%02d-\(window.width).png", number + 1)
          try Screenshots.save(reader.page.screenshot(), name)
        }
        if number + 1 < scenes.count { try reader.page.press("n") }
      }
      #expect(try !reader.isEnabled("#scene-next"))
      reader.expectQuiet()
    }

    @Test(arguments: [(1280, 720), (1024, 768), (1440, 900)])
    func aLinkToASceneShowsThePageFromItsTop(width: Int, height: Int) throws {
      let window = Window(name: "window", width: width, height: height)
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "story=ppo/3", viewport: window.apply)
      try reader.waitForFrame()
      #expect(try reader.page.evaluate("scrollY") == 0)
      #expect(try reader.isVisible("#scene"))
      reader.expectQuiet()
    }

    /// The first scenes show the pipeline: on a phone, too, its text can be read, and the scene's stage is marked and in sight.
    @Test(arguments: ["ppo", "grpo", "remax", "reinforce"])
    func thePipelineCanBeRead(tour: String) throws {
      for window in Self.windows {
        let reader = try Reader(
          of: try PageFiles.page([tour]), fragment: "story=\(tour)/2", viewport: window.apply)
        try reader.page.wait(until: "document.querySelector('.picture > .drawing .is-here')")
        try reader.waitForFrame()
        let smallest = try reader.page.evaluate(
          """
          (drawing => Math.min(...[...drawing.querySelectorAll("text")].map(text => Number(text.getAttribute("font-size"))))
            * drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width)(document.querySelector(".picture > .drawing"))
          """)
        #expect(try #require(smallest.number) >= 11.9, "\(window.name)")
        #expect(try reader.text(".picture .is-here .node-name") == reader.text("#stage-name"))
        let isInSight = try reader.page.evaluate(
          """
          ((box, node) => node.top >= box.top && node.bottom <= box.bottom && node.left >= box.left && node.right <= box.right)(
            ...[".picture", ".picture .is-here"].map(each => document.querySelector(each).getBoundingClientRect()))
          """)
        #expect(isInSight == true, "\(window.name)")
        // The chooser names what is shown.
        #expect(try reader.text(".picture-foot option:checked").contains("pipeline"))
        reader.expectQuiet()
      }
    }

    /// What the page shows of a scene is what the tour's file holds, which tests compare with the debugger.
    @Test func aSceneSaysWhatTheTourSays() throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "story=ppo/9")
      #expect(try reader.text("#scene h2") == "Why no gradient")
      #expect(try reader.beat() == 339)
      let output = try reader.text("#scene .scene-output")
      #expect(output.contains("grad(logp[5,1]) = 0  in loss of 0/0/1"))
      #expect(output.contains("grad(logp[3,1]) = 0.09905"))
      #expect(try reader.value(".picture-foot select") == "clip")
      reader.expectQuiet()
    }

    @Test func aPredictionIsJudgedByTheRecording() throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: "story=ppo/8")
      try reader.page.wait(until: "document.querySelector('#scene .prediction')")
      #expect(
        try reader.texts("#scene .prediction button") == [
          "the one in review 3", "the one in review 5", "both", "Show me",
        ])
      #expect(try reader.beat() != 339)
      try reader.page.click("#scene .prediction button:nth-child(2)")
      #expect(try reader.text("#scene .verdict") == "Right: the one in review 5.")
      #expect(try reader.beat() == 339)
      try reader.page.press("p")
      try reader.page.press("n")
      try reader.page.click("#scene .prediction button:nth-child(1)")
      #expect(try reader.text("#scene .verdict") == "You said “the one in review 3”; right is “the one in review 5”.")
      // A number is typed.
      try reader.page.evaluate("location.hash = '#story=ppo/6'")
      try reader.page.wait(until: "document.querySelector('#scene .prediction input')")
      try reader.page.fill("#scene .prediction input", "many")
      try reader.page.click("#scene .prediction .is-primary")
      #expect(try reader.text("#scene .prediction .message").contains("is not a number"))
      try reader.page.fill("#scene .prediction input", "1")
      try reader.page.click("#scene .prediction .is-primary")
      #expect(try reader.text("#scene .verdict") == "Right: 1.")
      reader.expectQuiet()
    }

    @Test func backLeadsToTheSceneBefore() throws {
      let reader = try Reader(of: try PageFiles.page(["dpo"]), fragment: "story=dpo/2")
      let title = try reader.text("#scene h2")
      try reader.page.click("#scene-next")
      try reader.page.wait(until: "location.hash === '#story=dpo/3'")
      #expect(try reader.text("#scene h2") != title)
      try reader.page.evaluate("history.back()")
      try reader.page.wait(until: "location.hash === '#story=dpo/2'")
      try reader.page.wait(until: "document.querySelector('#scene h2').textContent === \(JSON.string(title))")
      // Who goes on alone has left the scene.
      try reader.goTo(5)
      try reader.page.wait(until: "!location.hash.includes('story')")
      reader.expectQuiet()
    }

    @Test(arguments: ["story=ppo/99", "story=dpo/1", "story=ppo", "story=ppo/0"])
    func aSceneThatIsNotThereIsSaid(fragment: String) throws {
      let reader = try Reader(of: try PageFiles.page(["ppo"]), fragment: fragment)
      #expect(try reader.notice() != "")
      #expect(try reader.text("#source-name") == "ppo")
      reader.expectQuiet()
    }
  }
}
