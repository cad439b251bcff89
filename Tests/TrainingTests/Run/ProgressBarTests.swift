import Foundation
import Testing

@testable import Training

@Suite struct ProgressBarTests {
  private let state = ProgressBar.State(
    title: "grpo", step: 120, total: 500, numbers: [MetricValue("reward", 0.62), MetricValue("kl", 0.013)],
    tokensPerSecond: 31200, secondsLeft: 102)

  @Test(arguments: [
    (120, "grpo  step 120/500  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  24%  reward 0.620  kl 0.0130  31,200 tok/s  1:42 left"),
    (80, "grpo  step 120/500  ━╌╌╌╌  24%  reward 0.620  kl 0.0130  31,200 tok/s  1:42 left"),
    (79, "grpo  step 120/500  ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌  24%  reward 0.620  kl 0.0130  1:42 left"),
    (60, "grpo  step 120/500  ━━╌╌╌╌╌╌╌╌  24%  reward 0.620  kl 0.0130"),
    (40, "grpo  step 120/500  ━━━╌╌╌╌╌╌╌╌╌╌╌╌  24%"), (25, "grpo  step 120/500  24%"),
    (14, "step 120/500"), (3, "24%"), (0, ""),
  ])
  func saysLessWhereThereIsLessRoom(width: Int, text: String) { #expect(ProgressBar.text(state, width: width) == text) }

  @Test func neverWraps() {
    for width in 0...130 {
      for step in [0, 1, 499, 500, 700] {
        var state = state
        state.step = step
        #expect(ProgressBar.text(state, width: width).count <= width)
      }
    }
  }

  @Test func theBarIsFullAtTheEndAndEmptyAtTheBeginning() {
    var state = state
    state.step = 500
    #expect(!ProgressBar.text(state, width: 80).contains("╌"))
    state.step = 0
    #expect(!ProgressBar.text(state, width: 80).contains("━"))
    state.total = 0
    #expect(ProgressBar.text(state, width: 80).contains("100%"))
  }

  @Test func plainLinesHaveNoBar() {
    #expect(
      ProgressBar.line(state) == "grpo  step 120/500  reward 0.620  kl 0.0130  31,200 tok/s  1:42 left")
  }

  @Test(arguments: [
    (0.0, "0:00"), (59.6, "1:00"), (3661, "1:01:01"), (259_200, "3 d"), (.infinity, "–"), (-1, "–"),
  ])
  func timesAreReadable(seconds: Double, text: String) { #expect(ProgressBar.time(seconds) == text) }

  @Test(arguments: [(0.0, "0"), (999, "999"), (1000, "1,000"), (1234567.4, "1,234,567"), (.nan, "–")])
  func largeNumbersAreGrouped(number: Double, text: String) { #expect(ProgressBar.grouped(number) == text) }

  @Test func aPipeGetsALineNowAndThen() throws {
    let folder = try TemporaryFolder()
    let descriptor = open(folder.path + "/log", O_WRONLY | O_CREAT, 0o666)
    var bar = ProgressBar(descriptor: descriptor, every: 10, environment: [:])
    for step in 1...25 { bar.show(ProgressBar.State(title: "sft", step: step, total: 25, numbers: [])) }
    bar.say("saved")
    bar.finish()
    close(descriptor)
    #expect(
      try folder.text("log") == "sft  step 1/25\nsft  step 10/25\nsft  step 20/25\nsft  step 25/25\nsaved\n")
  }
}
