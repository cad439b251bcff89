import Testing

@testable import gradus

/// The line about work that takes over a second, as a terminal is sent it.
@Suite struct ActivityTests {
  private let begin = ContinuousClock.now

  private func drawn(_ line: inout ActivityLine, after seconds: Double) -> String? {
    line.drawn(at: begin + .seconds(seconds))
  }

  @Test func inTheFirstSecondNothingIsSaid() {
    var line = ActivityLine(text: "recording ppo", begin: begin)
    #expect(drawn(&line, after: 0) == nil)
    #expect(drawn(&line, after: 0.99) == nil)
    #expect(line.wiped() == nil)
  }

  @Test func fromThenOnItSaysWhatAndHowLongAndIsSentOnlyWhenItChanges() {
    var line = ActivityLine(text: "recording ppo", begin: begin)
    #expect(drawn(&line, after: 1) == "\r\u{1b}[Krecording ppo … 1 s")
    #expect(drawn(&line, after: 1.8) == nil)
    #expect(drawn(&line, after: 2.1) == "\r\u{1b}[Krecording ppo … 2 s")
    line.place = ", 12 of 437"
    #expect(drawn(&line, after: 2.3) == "\r\u{1b}[Krecording ppo, 12 of 437 … 2 s")
  }

  @Test func otherWorkBeginsWithoutAPlaceAndTheClockGoesOn() {
    var line = ActivityLine(text: "drawing diagrams", begin: begin)
    line.place = ", 3 of 9"
    line.text = "recording ppo"
    #expect(drawn(&line, after: 5) == "\r\u{1b}[Krecording ppo … 5 s")
  }

  @Test func itIsWipedOnceAndDrawnAgainBehindOtherOutput() {
    var line = ActivityLine(text: "working", begin: begin)
    _ = drawn(&line, after: 3)
    #expect(line.wiped() == "\r\u{1b}[K")
    #expect(line.wiped() == nil)
    #expect(drawn(&line, after: 3.2) == "\r\u{1b}[Kworking … 3 s")
  }

  /// The line must not go on in a second one, which could not be wiped.
  @Test func itFitsALineOfATerminal() {
    var line = ActivityLine(text: String(repeating: "long-name ", count: 20), begin: begin)
    line.place = ", 100 of 100"
    #expect((drawn(&line, after: 3599) ?? "").count <= 80)
  }
}
