import Foundation
import Testing

extension PageTests.WithEngine {
  /// Files of one's own, which stay on the machine.
  @Suite struct DroppedFileTests {
    private func example() throws -> String {
      try String(contentsOf: Command.repository.appending(path: "Documentation/example.batch.json"), encoding: .utf8)
    }

    @Test func aBatchIsOpened() throws {
      let reader = try Reader()
      try reader.page.dropFile("step 3.batch.json", example())
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'step 3.batch'")
      #expect(try reader.text("#source-title") == "two answers to one question")
      #expect(try reader.beat() == 0)
      try reader.page.press("End")
      let loss = try reader.run("print loss")
      let file = Command.repository.appending(path: "Documentation/example.batch.json").path
      let expected = try Command.output(["step", file], input: "goto \(reader.beat())\nprint loss\n")
      #expect(String(decoding: expected, as: UTF8.self).contains(loss.trimmingCharacters(in: .newlines)))
      try reader.set("beta", "0.4")
      #expect(try reader.text("#changed-count") != "")
      // A link cannot hold the file, and says so.
      #expect(try !reader.address().contains("#"))
      #expect(try reader.notice().contains("file"))
      reader.expectQuiet()
    }

    /// What a file is opened over is one step back, and the file one step on, with what was changed in it.
    @Test func backAndForwardLeadOutOfAFileAndIntoIt() throws {
      let reader = try Reader(["ppo"])
      let beat = try reader.beat()
      try reader.page.dropFile("mine.json", example())
      let isOpen = "document.getElementById('source-name').textContent === 'mine'"
      try reader.page.wait(until: isOpen + " && history.state?.own === 0")
      try reader.set("beta", "0.4")
      try reader.page.press("End")
      let end = try reader.beat()
      try reader.page.wait(until: "document.getElementById('print-line').textContent.includes('beat \(end) ')")
      try reader.page.evaluate("history.back()")
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'ppo'")
      #expect(try reader.beat() == beat)
      try reader.page.evaluate("history.forward()")
      try reader.page.wait(until: isOpen)
      #expect(try reader.beat() == end && reader.value("#option-beta") == "0.4")
      reader.expectQuiet()
    }

    @Test func aTraceOfABuiltInSourceIsRecordedAgain() throws {
      let reader = try Reader()
      let trace = try Command.output(["trace", "dpo", "--set", "beta=0.3", "--format", "json"])
      try reader.page.dropFile("trace.json", Array(trace))
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'dpo'")
      #expect(try reader.value("#option-beta") == "0.3")
      try reader.set("beta", "0.5")
      #expect(try reader.notice() == "")
      #expect(try reader.text("#changed-count") != "")
      reader.expectQuiet()
    }

    @Test func aTraceOfABatchIsSteppedThrough() throws {
      let reader = try Reader()
      let file = try PageFiles.file("mine.json", example())
      let trace = try Command.output(["trace", file.path, "--format", "json"])
      try reader.page.dropFile("trace.json", Array(trace))
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'mine'")
      #expect(try reader.lastBeat() > 0)
      for _ in 0..<5 { try reader.page.press("ArrowRight") }
      #expect(try reader.beat() == 5)
      #expect(try reader.text("#sentence") != "")
      #expect(try !reader.isEnabled("#console-input"))
      reader.expectQuiet()
    }

    @Test func whatIsNoFileOfOursIsSaid() throws {
      let files = [
        ("mine.yaml", "algorithm: ppo", "gradus web mine.yaml"), ("a.json", "", "JSON"), ("b.json", "{", "JSON"),
        ("c.json", "[]", "object"), ("d.json", "null", "object"),
        ("e.json", #"{"format":"gradus.batch/2"}"#, "gradus.batch/2"),
        ("f.json", #"{"format":"gradus.batch/1"}"#, "algorithm"), ("g.json", #"{"format":"gradus.trace/1"}"#, "stages"),
        ("texts.jsonl", #"{"input": "1+1=", "output": "2", "score": 1.0, "step": 1}"#, "neither tokens nor metrics"),
        ("h.json", #"{"format":"gradus.trace/1","stages":[]}"#, "beat"),
        ("i.json", "{\"algorithm\": \"nonsense\"}", "nonsense"),
        ("j.png", "\u{0}\u{1}PNG", "JSON"),
        ("k.json", #"{"format":"gradus.trace/1","stages":[null,{"beats":[null]}]}"#, "k.json"),
        ("l.json", #"{"a": 1, "a": 2}"#, "l.json"),
      ]
      let reader = try Reader()
      try reader.goTo(7)
      let before = try reader.sight()
      for (name, contents, part) in files {
        try reader.page.dropFile(name, contents)
        try reader.page.wait(until: "document.getElementById('notice-text').textContent.startsWith('\(name): ')")
        #expect(try reader.notice().contains(part), "\(name)")
        #expect(try reader.sight() == before, "\(name)")
      }
      // What was open still is.
      try reader.page.press("ArrowRight")
      #expect(try reader.beat() == 8)
      reader.expectQuiet()
    }
  }
}
