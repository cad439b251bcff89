import Documents
import Testing

@testable import Training

@Suite struct RunsTableTests {
  private let runs = [
    exampleRun("a", metric: "eval_loss", [3, 1], state: .running, total: 500, written: 999),
    exampleRun("b/sft", trainer: "dpo", metric: "eval_rewards/accuracies", [0.5, 0.25], written: 1000 - 7200),
    exampleRun("c", [], state: .stopped, total: 10, written: 1000 - 86400 * 3),
  ]

  @Test func aRunIsALine() {
    let text = """
      run    trainer  state          first → last                   written
      a      sft      running 2/500  eval_loss 3 → 1                just now
      b/sft  dpo      finished 2     eval_accuracies 0.500 → 0.250  2 h ago
      c      sft      stopped 0/10                                  3 d ago

      """
    #expect(RunsTable(runs, now: 1000).text(columns: 80) == text)
    #expect(
      RunsTable(Array(runs.prefix(2)), metrics: ["eval_loss"], now: 1000).text(columns: 80) == """
        run    trainer  state          eval_loss  written
        a      sft      running 2/500  3 → 1      just now
        b/sft  dpo      finished 2                2 h ago

        """)
  }

  @Test func aRunWithoutALossSaysSo() {
    let diverged = exampleRun("d", [0.7, .nan, .nan])
    #expect(RunsTable([diverged], now: 0).text(columns: 80).contains("finished 3  loss NaN, loss 0.700 → NaN"))
  }

  @Test func longNamesKeepTheirEnd() {
    let long = (0..<3).map { i in
      exampleRun(
        String(repeating: "experiments/", count: 9) + "\(i)\u{1b}]0;x\u{7}", metric: "eval_objective/scores",
        [0.123, 0.456])
    }
    let lines = RunsTable(long, now: 0).text(columns: 80).split(separator: "\n")
    #expect(lines.allSatisfy { NumberText.width(String($0)) <= 80 })
    #expect(lines[2].hasPrefix("…") && lines[2].contains("/1␛]0;x␇  sft"))
    #expect(lines[2].contains("eval_scores 0.123 → 0.456"))
  }

  @Test(arguments: [
    ("name", ["a", "b/sft", "c"]), ("written", ["a", "b/sft", "c"]), ("step", ["a", "b/sft", "c"]),
    ("eval_rewards/accuracies", ["b/sft", "a", "c"]),
  ])
  func runsAreSorted(order: String, names: [String]) throws {
    #expect(try RunOrder(order).sorted(runs).map(\.name) == names)
  }

  @Test func theBestComesFirst() throws {
    let losses = [("a", 2.0), ("b", 1), ("c", 3)].map { exampleRun($0.0, metric: "eval_loss", [$0.1]) }
    #expect(try RunOrder("eval_loss").sorted(losses).map(\.name) == ["b", "a", "c"])
    let exploded = [exampleRun("z", metric: "eval_loss", [9, .nan])] + losses
    #expect(try RunOrder("eval_loss").sorted(exploded).map(\.name) == ["b", "a", "c", "z"])
    let rewards = [("a", 2.0), ("b", 1), ("c", 3)].map { exampleRun($0.0, metric: "reward", [$0.1]) }
    #expect(try RunOrder("reward").sorted(rewards).map(\.name) == ["c", "a", "b"])
    let error = #expect(throws: TrainingError.self) { try RunOrder("rewards").sorted(rewards) }
    #expect(
      error?.message == "--sort rewards: no metric of these runs; did you mean 'reward'?"
    )
  }

  @Test(arguments: [
    ([1.0, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"), ([1, .nan, .nan, 8], 4, "▁▃▆█"), ([2, 2], 4, "▅▅▅▅"),
    ([.nan, 3], 2, " ▅"),
  ])
  func aSparklineHasTheHeightOfItsValues(values: [Double], columns: Int, text: String) {
    let series = Series(values.enumerated().map { Series.Point(step: Double($0), value: $1) })
    let range = values == [2, 2] ? 2.0...2 : values.count == 2 ? 1...5 : 1...8
    let end = Double(max(1, values.count - 1))
    #expect(Sparkline.text(series, steps: 0...end, values: range, columns: columns) == text)
  }
}
