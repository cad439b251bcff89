import Foundation
import Synchronization
import Testing

/// What `gradus trace --format json` writes, as far as the page shows it.
private struct WrittenTrace: Decodable {
  struct Stage: Decodable {
    let name: String
    let beats: [Beat]
  }
  struct Beat: Decodable {
    let sentence: String
    let terms: [Term]
  }
  struct Term: Decodable {
    let name: String
    let value: Double?
    let gradient: Double?
  }
  let stages: [Stage]
  var beats: [Beat] { stages.flatMap(\.beats) }

  /// Some beats, evenly spread and the last: all of them would take minutes.
  func sample(of count: Int, from first: Int) -> [Int] {
    let last = beats.count - 1
    return stride(from: first, to: last, by: max(1, last / count)) + [last]
  }
}

/// A row of the table of terms; the gradient only where the engine was asked.
private struct Row: Decodable {
  let name: String
  let value: Double?
  var gradient: Double?
}

/// A source, and what a reader changes in it.
struct WhatIf: CustomTestStringConvertible, Sendable {
  let source: String
  var options: [(name: String, value: String)] = []
  /// `score[0]`, the beat at which it is set, its value.
  var term: (name: String, beat: Int, value: Double)?

  var testDescription: String {
    let parts = options.map { "\($0.name)=\($0.value)" } + (term.map { ["\($0.name)=\($0.value)"] } ?? [])
    return ([source] + parts).joined(separator: " ")
  }

  static let all = [
    WhatIf(source: "ppo", options: [("cliprange", "0.1"), ("kl_coef", "0.3")]),
    WhatIf(source: "ppo", options: [("seed", "8"), ("lam", "0.5")], term: ("score[0]", 200, 2.5)),
    WhatIf(source: "dpo", options: [("beta", "0.3"), ("loss_type", "ipo")]),
    WhatIf(source: "grpo", options: [("num_generations", "4"), ("loss_type", "dr_grpo")]),
    WhatIf(source: "grpo-user-groups", options: [("seed", "3")]),
    WhatIf(source: "sft", options: [("learning_rate", "0.1")]),
    WhatIf(source: "reward-model", options: [("seed", "9")]),
    WhatIf(source: "ppo-classic", options: [("gamma", "0.9")]),
    WhatIf(source: "reinforce", options: [("gamma", "0.9")]),
  ]

  private static let known = Mutex<[String: WrittenTrace]>([:])

  /// The recording as the command makes it, which two tests look at.
  fileprivate func recorded() throws -> WrittenTrace {
    try Self.known.withLock { known in
      if let trace = known[testDescription] { return trace }
      let trace = try record()
      known[testDescription] = trace
      return trace
    }
  }

  private func record() throws -> WrittenTrace {
    let settings = options.map { "\($0.name)=\($0.value)" }
    let data: Data
    if let term {
      let file = PageFiles.folder.appending(path: "\(UUID().uuidString).json")
      let lines = ["goto \(term.beat)", "set \(term.name) \(term.value)", "trace \(file.path)"]
      try Command.output(
        ["step", source] + settings.flatMap { ["--set", $0] }, input: lines.joined(separator: "\n") + "\n")
      data = try Data(contentsOf: file)
    } else {
      data = try Command.output(["trace", source, "--format", "json"] + settings.flatMap { ["--set", $0] })
    }
    return try JSONDecoder().decode(WrittenTrace.self, from: data)
  }
}

extension PageTests.WithEngine {
  /// The page computes what the command computes, to the last bit.
  @Suite struct EqualityTests {
    /// What a page unpacks is the module that was linked, byte by byte.
    @Test func theEngineInThePageIsTheOneThatWasCompiled() throws {
      let reader = try Reader(["ppo"])
      let unpacked = try reader.page.evaluate(
        """
        (async () => {
          \(unpackBytes)
          const bytes = await unpackedIn("gradus-engine");
          return [bytes.length, bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0];
        })()
        """)
      let linked = try Data(
        contentsOf: PageFiles.engine().deletingLastPathComponent().appending(path: "gradus.unpacked.wasm"))
      let hash = linked.reduce(UInt32(0x811c_9dc5)) { hash, byte in (hash ^ UInt32(byte)) &* 0x0100_0193 }
      #expect(unpacked == [.number(Double(linked.count)), .number(Double(hash))])
      reader.expectQuiet()
    }

    @Test(arguments: WhatIf.all)
    func everyValueShownIsTheCommands(change: WhatIf) throws {
      let reader = try Reader(fragment: change.source == "ppo" ? "" : "source=\(change.source)")
      for option in change.options { try reader.set(option.name, option.value) }
      if let term = change.term {
        try reader.run("goto \(term.beat)\n")
        try reader.run("set \(term.name) \(term.value)")
      }
      let trace = try change.recorded()
      #expect(try reader.lastBeat() == trace.beats.count - 1)
      let beats = trace.sample(of: 25, from: 0)
      let shown = try rows(reader, at: beats)
      try #require(shown.count == beats.count)
      for (beat, rows) in zip(beats, shown) {
        // At a clipped beat the page puts the row without a gradient first.
        let rows = rows.sorted { $0.name < $1.name }
        let terms = trace.beats[beat].terms.sorted { $0.name < $1.name }
        try #require(rows.map(\.name) == terms.map(\.name), "at beat \(beat)")
        for (row, term) in zip(rows, terms) where row.value != term.value {
          Issue.record(
            "\(term.name) at beat \(beat): the page shows \(row.value as Any), the command \(term.value as Any)")
          return
        }
      }
      reader.expectQuiet()
    }

    @Test(arguments: WhatIf.all)
    func everyGradientIsTheCommands(change: WhatIf) throws {
      guard change.term == nil else { return }
      let reader = try Reader()
      let settings = JSON.list(change.options.map { [.string($0.name), .string($0.value)] })
      let trace = try change.recorded()
      let beats = trace.sample(of: 60, from: 3)
      let answer = try reader.page.evaluate(
        """
        (async () => {
          \(askEngine)
          ask({ do: "open", pane: 0, source: { name: \(JSON.string(change.source)) }, preset: null, settings: [],
                changes: { settings: \(settings), terms: [] }, at: 0 });
          const views = [];
          for (const at of \(beats))
            views.push(ask({ do: "view", pane: 0, at }).terms.map(term =>
              ({ name: term.text, value: term.value, gradient: term.gradient })));
          return JSON.stringify(views);
        })()
        """)
      let views = try JSONDecoder().decode([[Row]].self, from: Data((answer.string ?? "").utf8))
      try #require(views.count == beats.count)
      for (beat, rows) in zip(beats, views) {
        // At a clipped beat the page puts the row without a gradient first.
        let rows = rows.sorted { $0.name < $1.name }
        let terms = trace.beats[beat].terms.sorted { $0.name < $1.name }
        try #require(rows.map(\.name) == terms.map(\.name), "at beat \(beat)")
        for (row, term) in zip(rows, terms) where row.value != term.value || row.gradient != term.gradient {
          Issue.record("\(term.name) at beat \(beat): \(row) in the page, \(term) of the command")
          return
        }
      }
    }

    @Test func aChangeIsMarkedAndTakenBack() throws {
      let reader = try Reader()
      try reader.goTo(350)
      let before = try reader.sight()
      try reader.set("cliprange", "0.05")
      #expect(try reader.text("#changed-count").hasSuffix("changed"))
      #expect(try reader.text(".control[data-name='cliprange'] .control-undo") == "◆ was 0.2")
      #expect(try reader.text("#command-text").contains("--set cliprange=0.05"))
      #expect(try reader.sight() != before)
      #expect(try reader.count("#stages .stage-changed:not(:empty)") > 0)
      try reader.page.click("#reset")
      #expect(try reader.sight() == before)
      reader.expectQuiet()
    }

    @Test func aValueThatIsRefusedIsExplainedBesideItsField() throws {
      let reader = try Reader()
      try reader.set("cliprange", "7000000")
      #expect(try reader.text(".control[data-name='cliprange'] > .message").contains("cliprange"))
      #expect(try reader.text("#changed-count") == "")
      try reader.set("cliprange", "0.3")
      #expect(try reader.text(".control[data-name='cliprange'] > .message") == "")
      reader.expectQuiet()
    }

    @Test func aPresetTakesOverItsConventionsAndGoesAgain() throws {
      let reader = try Reader()
      let presets = try reader.page.evaluate(
        "[...document.querySelectorAll('#option-preset option')].map(o => o.value)")
      #expect(presets.strings.contains("openrlhf"))
      try reader.set("preset", "openrlhf")
      #expect(try reader.value("#option-preset") == "openrlhf")
      #expect(try reader.notice() == "")
      let address = try reader.address()
      let (there, here) = (try Reader(at: address).sight(), try reader.sight())
      // The link holds the preset's options.
      for key in here.keys where key != "controls" { #expect(there[key] == here[key], "\(key)") }
      let choices = ["openrlhf", "choose …"]
      func values(_ sight: JSON) -> [JSON] { sight["controls"].list.filter { !choices.contains($0.string ?? "") } }
      #expect(values(there) == values(here))
      try reader.page.click("#reset")
      #expect(try reader.value("#option-preset") != "openrlhf")
      reader.expectQuiet()
    }

    @Test func everyOptionOfThePageCanBeMoved() throws {
      let reader = try Reader()
      try reader.page.evaluate("document.getElementById('more-options').open = true")
      let names = try reader.page.evaluate("[...document.querySelectorAll('.control')].map(row => row.dataset.name)")
        .strings
      #expect(names.count > 20)
      for name in names where name != "preset" {
        let other = try reader.page.evaluate(
          """
          (input => input.type === "checkbox" ? String(!input.checked)
            : input.tagName === "SELECT" ? [...input.options].map(o => o.value).find(v => v !== input.value) ?? input.value
            : input.type === "number" ? (input.value === "" ? "0.5" : input.value) : input.value)
          (\(Page.element("#option-\(name)")))
          """
        ).string
        try reader.set(name, try #require(other))
        try reader.page.click("#reset", ifEnabled: true)
        #expect(try reader.notice() == "", "after a change of \(name)")
      }
      reader.expectQuiet()
    }

    /// The rows of the table at some beats, the page stepping through them.
    private func rows(_ reader: Reader, at places: [Int]) throws -> [[Row]] {
      let answer = try reader.page.evaluate(
        """
        (() => {
          const field = document.getElementById("position"), beats = [];
          for (const at of \(places)) {
            field.value = at;
            field.dispatchEvent(new Event("change"));
            beats.push([...document.querySelectorAll(".pane .term")].map(row => {
              const title = row.querySelector(".term-number").title;
              return { name: row.querySelector(".term-name").textContent, value: title === "" ? null : Number(title) };
            }));
          }
          return JSON.stringify(beats);
        })()
        """)
      return try JSONDecoder().decode([[Row]].self, from: Data((answer.string ?? "").utf8))
    }
  }
}

/// JavaScript that reads what a page holds: `bytesOf(text)` of base 85, digit by digit in whole numbers,
/// `unpackedIn(element)`, a module that is packed, and `moduleIn(element)`, what it exports.
let unpackBytes = """
  const bytesOf = text => {
    const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@^_{|}~";
    const value = Object.fromEntries([...digits].map((digit, index) => [digit, index]));
    const bytes = [];
    for (let start = 0; start < text.length; start += 5) {
      const group = text.slice(start, start + 5);
      const number = [...group.padEnd(5, "~")].reduce((sum, digit) => sum * 85 + value[digit], 0);
      for (let place = 0; place < group.length - 1; place++) bytes.push(Math.floor(number / 256 ** (3 - place)) % 256);
    }
    return Uint8Array.from(bytes);
  };
  const unpackedIn = async id => {
    const zipped = bytesOf(document.getElementById(id).textContent);
    const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
    const packed = (await WebAssembly.instantiate(await new Response(stream).arrayBuffer())).instance.exports;
    let address = 0;
    while (address === 0) address = packed.gradus_unpack();
    const count = new DataView(packed.memory.buffer).getUint32(address, true);
    return new Uint8Array(packed.memory.buffer, address + 4, count);
  };
  const moduleIn = async id => {
    const refuse = () => 8, random_get = (address, count) => 0;
    const { instance } = await WebAssembly.instantiate(await unpackedIn(id),
      { wasi_snapshot_preview1: { random_get, fd_write: refuse, fd_seek: refuse, fd_close: refuse } });
    return instance.exports;
  };
  """

/// JavaScript that starts the page's own engine once more, for `ask(request)`.
let askEngine = """
  \(unpackBytes)
  const engine = await moduleIn("gradus-engine");
  const ask = request => {
    const text = new TextEncoder().encode(JSON.stringify(request));
    const address = engine.gradus_allocate(text.length);
    new Uint8Array(engine.memory.buffer, address, text.length).set(text);
    const answer = engine.gradus_ask(address, text.length);
    engine.gradus_free(address);
    const count = new DataView(engine.memory.buffer).getUint32(answer, true);
    const result = new TextDecoder().decode(new Uint8Array(engine.memory.buffer, answer + 4, count));
    engine.gradus_free(answer);
    return JSON.parse(result);
  };
  """
