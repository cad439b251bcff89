import Documents
import Plots
import Testing

@testable import Training

@Suite struct RunComparisonTests {
  private let long = exampleRun(
    "long", (1...40).map { 4 / Double($0) }, settings: [("beta", "0.1"), ("seed", "1")], written: 900)
  private let short = exampleRun(
    "short", [4, 3, .nan, 2.5], settings: [("beta", "0.2"), ("seed", "1"), ("own", "x")], state: .stopped, total: 40)

  @Test func onlyOptionsThatTwoRunsHaveDiffer() throws {
    let other = exampleRun("other", [1], settings: [("seed", "1")])
    let comparison = try RunComparison([long, short, other])
    #expect(comparison.differences == [.init(name: "beta", values: ["0.1", "0.2", nil])])
  }

  @Test func numbersAreComparedAtTheLastCommonStep() throws {
    let metric = try RunComparison([long, short]).metric("loss")
    #expect(metric.commonStep == 4)
    let (long, short) = (try #require(metric.rows[0]), try #require(metric.rows[1]))
    #expect(long.common == 1)
    #expect(short.common == 2.5)
    #expect(short.best?.value == 2.5)
    #expect(short.best?.step == 4)
    // Of 40 values, four make the first, and five the best.
    let first: Double = (4 + 2 + 4.0 / 3 + 1) / 4
    #expect(long.first == first)
    #expect(long.best?.step == 40)
    #expect(try RunComparison([self.long, exampleRun("twin", [1])]).metric("reward").rows.allSatisfy { $0 == nil })
  }

  @Test(
    arguments: [
      ("eval_loss", [], MetricDirection.down), ("loss", ["reward"], nil), ("loss", ["objective/kl"], nil),
      ("rewards/margins", [], .up), ("eval_rewards/young/mean", [], .up), ("rewards/length/std", [], nil),
      ("kl", [], nil), ("mean_token_accuracy", [], .up), ("completions/mean_length", [], nil),
    ] as [(String, [String], MetricDirection?)])
  func whatIsBetterIsKnownOfSome(name: String, others: [String], direction: MetricDirection?) {
    #expect(MetricDirection(of: name, among: others) == direction)
  }

  @Test func theTextFitsEightyColumns() throws {
    let comparison = try RunComparison([long, short])
    #expect(
      comparison.text(columns: 80, now: 1000) == """
        A  long   sft  finished 40   1 min ago
        B  short  sft  stopped 4/40  16 min ago

        option  A    B
        beta    0.1  0.2

        loss                                         first   last   best         at 4
        A  █▄▃▂▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁   2.08  0.104  0.103  at 40     1
        B  █▆▆▅                                          4   2.50   2.50  at 4   2.50

        Of metrics with 20 values or more, first, last and best are means over a tenth of them.

        """)
    let wide = (0..<12).map { i in
      exampleRun(
        String(repeating: "länger\u{1b}[31m", count: 20), [1, 2, 3],
        settings: [("model", "/data/\(i % 2)/" + String(repeating: "x", count: 90))])
    }
    let lines = try RunComparison(wide).text(columns: 80, now: 1e12).split(separator: "\n")
    #expect(lines.allSatisfy { NumberText.width(String($0)) <= 80 })
    #expect(!lines.joined().contains("\u{1b}"))
    #expect(lines.contains { $0.hasPrefix("  A C E G I K  …") })
  }

  @Test func thirteenRunsAreTooMany() {
    let error = #expect(throws: TrainingError.self) {
      try RunComparison(Array(repeating: exampleRun("a", [1]), count: 13))
    }
    #expect(
      error
        == TrainingError(.usage, "these are 13 runs; compare 12 at most at a time, by naming their folders"))
  }

  @Test func aMetricThatNoRunHasIsRefused() {
    let error = #expect(throws: TrainingError.self) { try RunComparison.metrics(named: ["los"], of: [long]) }
    #expect(error == TrainingError(.usage, "--metric los: no run has such a metric; did you mean 'loss'?"))
  }

  @Test func aMetricMayBeNamedAsAListShortensIt() throws {
    let pairs = exampleRun("a", metric: "eval_rewards/accuracies", [0.5])
    let names = ["eval_accuracies", "loss", "loss"]
    #expect(try RunComparison.metrics(named: names, of: [pairs, long]) == ["eval_rewards/accuracies", "loss"])
  }

  @Test func valuesAreComparedWhereAllRunsHaveOne() throws {
    // Two runs of different lengths that evaluate at other steps, 1 2 3 and 1 3 5.
    let often = exampleRun("often", metric: "eval_loss", [9, 8, 7])
    let rarely = exampleRun("rarely", metric: "eval_loss", [6, .nan, 5, .nan, 4])
    #expect(try RunComparison([often, rarely]).metric("eval_loss").commonStep == 3)
    let late = exampleRun("late", metric: "eval_loss", [.nan, .nan, .nan, 4])
    #expect(try RunComparison([often, late]).metric("eval_loss").commonStep == nil)
  }

  @Test func countersAreNotAveraged() throws {
    let run = exampleRun("a", metric: "num_tokens", (1...40).map { 100 * Double($0) })
    #expect(run.metrics.change("num_tokens")?.first == 100)
    #expect(run.metrics.change("num_tokens")?.last == 4000)
  }

  @Test func otherTrainersAreOtherQuantities() throws {
    let note = "The trainers differ: a loss or a reward is not the same quantity in all."
    let other = exampleRun("other", trainer: "dpo", [1])
    #expect(try RunComparison([long, other]).text(columns: 80, now: 1000).contains(note))
    #expect(try RunComparison([long, other]).html().contains(note))
    #expect(try !RunComparison([long, short]).text(columns: 80, now: 1000).contains(note))
  }

  @Test func everyLookIsAnother() {
    let looks = (0..<RunLook.most).map(RunLook.init)
    #expect(Set(looks.map(\.letter)).count == looks.count)
    #expect(Set(looks.map(\.lineClass)).count == looks.count)
  }

  @Test(
    arguments: [
      ([1.0, 2, 3], [13.0, 26, 39], 13.0), ([100, 100], [93.5, 106.5], 13), ([50, 90], [50, 90], 13),
      ([199, 199, 199], [172, 185, 198], 13), ([], [], 13),
    ] as [([Double], [Double], Double)])
  func labelsAreNotUponEachOther(wanted: [Double], places: [Double], top: Double) {
    #expect(pushedApart(wanted, gap: 13, within: top...198) == places)
  }
}

@Suite struct RunComparisonHTMLTests {
  private func page() throws -> String {
    let hostile = "<script>alert('1')</script>\u{1b}\"&"
    return try RunComparison([
      exampleRun(hostile, metric: hostile, [1, .nan, 3], settings: [("dataset", hostile)]),
      exampleRun("b", [1, 2, .infinity], settings: [("dataset", "x")]), exampleRun("c", []),
    ]).html()
  }

  @Test func nothingOfAUsersIsMarkup() throws {
    let html = try page()
    #expect(!html.contains("<script"))
    #expect(!html.contains("\u{1b}"))
    #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;␛&quot;&amp;"))
  }

  @Test func thePageNeedsNothingElse() throws {
    let html = try page()
    for word in ["src=", "href=", "url(", "@import"] { #expect(!html.contains(word), "\(word)") }
    #expect(html.matches(of: /="[^"]*(nan|inf)[^"]*"/.ignoresCase()).isEmpty)
    #expect(html.contains("<h1>3 runs compared</h1>"))
    #expect(html.contains("prefers-color-scheme:dark"))
  }

  @Test func everyRunHasItsLineAndItsLetter() throws {
    let html = try RunComparison([exampleRun("a", [1, 2]), exampleRun("b", [2, 1])]).html()
    let chart = try #require(html.split(separator: "<figure>").dropFirst().first)
    #expect(chart.contains("<path class=\"run hue-0 dash-0\""))
    #expect(chart.contains("<path class=\"run hue-1 dash-1\""))
    #expect(chart.contains(">A 2</text>") && chart.contains(">B 1</text>"))
    #expect(html.contains("No option differs."))
  }
}
