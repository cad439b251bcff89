import Foundation
import Simulation
import Testing

extension PageTests.WithEngine {
  /// How long a reader waits: `GRADUS_MEASURE=1 swift test --filter PageSpeed` prints it.
  ///
  /// A time is no matter for an assertion on a machine that others use.
  @Suite(.enabled(if: ProcessInfo.processInfo.environment["GRADUS_MEASURE"] != nil, "set GRADUS_MEASURE=1"))
  struct PageSpeed {
    /// The first control beside the picture, as whoever types two values in turn uses it, and the button that steps; in
    /// milliseconds, the median of 15. What a change takes of the page's thread is the mean of 15: other programs hardly touch it.
    @Test func fromTheChangeToThePaintedView() throws {
      print("milliseconds        engine   page   painted   one step   of the processor   painted, four times slower")
      for source in Scenario.builtIn.map({ $0.name }) {
        let reader = try Reader(fragment: source == "ppo" ? "" : "source=\(source)")
        try reader.goTo(reader.lastBeat() / 2)
        var times = try changes(reader, of: source)
        if !Browser.isFirefox {
          times.append(try processorTime(reader))
          try reader.page.call("Emulation.setCPUThrottlingRate", ["rate": 4])
          times.append(try changes(reader, of: source)[2])
        }
        print(Self.row(source, times))
      }
    }

    /// Opened again, from the file that the system holds in memory: when text is there, and when the debugger is, with its
    /// picture; in milliseconds since the page was asked for, the median of 7.
    @Test func untilTheFirstPaint() throws {
      print("milliseconds        first paint   ready")
      for source in ["ppo", "grpo", "dpo"] {
        let file = try PageFiles.page([source])
        let runs = try (0..<7).map { _ in try starts(Reader(of: file)) }
        print(Self.row(source, (0..<2).map { column in runs.map { $0[column] }.sorted()[runs.count / 2] }))
      }
    }

    /// Of the page's thread, for one change.
    private func processorTime(_ reader: Reader) throws -> Double {
      func used() throws -> Double {
        let metrics = try reader.page.call("Performance.getMetrics", [:])["metrics"].list
        return 1000 * (metrics.first { $0["name"].string == "TaskDuration" }?["value"].number ?? .nan)
      }
      try reader.page.call("Performance.enable", ["timeDomain": "threadTicks"])
      let before = try used()
      try reader.page.evaluate(
        """
        (async () => {
          \(Self.firstControl)
          for (let i = 0; i < 15; i += 1) { change(values[i % 2]); await painted(); }
        })()
        """)
      return (try used() - before) / 15
    }

    /// JavaScript: the first control beside the picture, two values for it, and how to wait for what is painted.
    private static let firstControl = """
      const painted = () => new Promise(done => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); }));
      const range = document.querySelector("#controls input[type=range]"), row = range.closest(".control");
      const option = row.dataset.name, least = Number(range.min), width = Number(range.max) - least;
      const input = document.getElementById("option-" + option);
      const round = value => input.step === "1" ? Math.round(value) : Number(value.toPrecision(3));
      const values = [0.3, 0.5].map(part => String(round(least + part * width)));
      const change = value => { input.value = value; input.dispatchEvent(new Event("change")); };
      """

    private func changes(_ reader: Reader, of source: String) throws -> [Double] {
      try reader.page.evaluate(
        """
        (async () => {
          \(askEngine)
          const median = list => list.sort((a, b) => a - b)[list.length >> 1];
          \(Self.firstControl)
          const at = Number(document.getElementById("slider").value);
          ask({ do: "open", pane: 0, source: { name: "\(source)" }, preset: null, settings: [],
                changes: { settings: [], terms: [] }, at });
          const asked = [], page = [], paint = [], step = [];
          for (let i = 0; i < 15; i += 1) {
            let start = performance.now();
            ask({ do: "set", pane: 0, option, value: values[i % 2] });
            ask({ do: "view", pane: 0, at });
            asked.push(performance.now() - start);
            await painted();
            start = performance.now();
            change(values[i % 2]);
            page.push(performance.now() - start);
            await painted();
            paint.push(performance.now() - start);
            start = performance.now();
            document.getElementById("beat-" + (i % 2 ? "back" : "forward")).click();
            await painted();
            step.push(performance.now() - start);
          }
          return [asked, page, paint, step].map(median);
        })()
        """
      ).list.map { $0.number ?? .nan }
    }

    private func starts(_ reader: Reader) throws -> [Double] {
      try reader.page.evaluate(
        """
        ["first-contentful-paint", "gradus-ready"].map(name => performance.getEntriesByName(name)[0]?.startTime)
        """
      ).list.map { $0.number ?? .nan }
    }

    private static func row(_ source: String, _ times: [Double]) -> String {
      source.padding(toLength: 18, withPad: " ", startingAt: 0)
        + times.map { String(format: "%7.1f", $0) }.joined(separator: "  ")
    }
  }
}
