import Foundation
import Testing

extension PageTests.WithEngine {
  /// How long a reader waits after a change: `GRADUS_MEASURE=1 swift test --filter PageSpeed` prints it.
  ///
  /// A time is no matter for an assertion on a machine that others use.
  @Suite(.enabled(if: ProcessInfo.processInfo.environment["GRADUS_MEASURE"] != nil, "set GRADUS_MEASURE=1"))
  struct PageSpeed {
    private static let changes = [
      ("ppo", "cliprange", ["0.1", "0.3"]), ("dpo", "beta", ["0.3", "0.1"]), ("grpo", "epsilon", ["0.1", "0.3"]),
      ("grpo-user-groups", "beta", ["0.1", "0.2"]), ("sft", "learning_rate", ["0.1", "0.2"]),
      ("reward-model", "learning_rate", ["0.1", "0.2"]), ("ppo-classic", "gamma", ["0.9", "0.8"]),
      ("reinforce", "gamma", ["0.9", "0.8"]),
    ]

    @Test func fromTheChangeToThePaintedView() throws {
      print("milliseconds   engine   page   painted   one step   (median of 15)")
      for (source, option, values) in Self.changes {
        let reader = try Reader(fragment: source == "ppo" ? "" : "source=\(source)")
        try reader.goTo(reader.lastBeat() / 2)
        let times = try reader.page.evaluate(
          """
          (async () => {
            \(askEngine)
            const median = list => list.sort((a, b) => a - b)[list.length >> 1];
            const painted = () => new Promise(done => requestAnimationFrame(() => {
              const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); }));
            const input = document.getElementById("option-\(option)"), slider = document.getElementById("slider");
            const values = \(JSON.list(values.map { .string($0) })), at = Number(slider.value);
            ask({ do: "open", pane: 0, source: { name: "\(source)" }, preset: null, settings: [],
                  changes: { settings: [], terms: [] }, at });
            const asked = [], page = [], paint = [], step = [];
            for (let i = 0; i < 15; i += 1) {
              let start = performance.now();
              ask({ do: "set", pane: 0, option: "\(option)", value: values[i % 2] });
              ask({ do: "view", pane: 0, at });
              asked.push(performance.now() - start);
              await painted();
              start = performance.now();
              input.value = values[i % 2];
              input.dispatchEvent(new Event("change"));
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
          """)
        let texts = times.list.map { String(format: "%7.1f", $0.number ?? .nan) }
        print(source.padding(toLength: 18, withPad: " ", startingAt: 0) + texts.joined(separator: "  "))
      }
    }
  }
}
