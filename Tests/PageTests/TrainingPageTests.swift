import Foundation
import Testing
import Training
import Transformers

extension PageTests.WithEngine {
  /// A transformer that learns in the page.
  @Suite struct TrainingPageTests {
    /// A run of some steps without a start of its own, on sentences about films.
    private static let short = ["sft", "--train", "--train-set", "max_steps=12", "--train-set", "eval_steps=6"]

    private func steps(_ reader: Reader, _ count: Int) throws {
      try reader.page.wait(
        until: "document.querySelector('.training-status').textContent.includes('step \(count) of')", patience: 120)
    }

    @Test func aTransformerLearnsAndEachStepOpensInTheDebugger() throws {
      let reader = try Reader(Self.short)
      try reader.page.wait(until: "!document.querySelector('.training-actions button').disabled")
      #expect(try reader.text(".training-title").contains("parameters learns here"))
      try reader.page.click(".training-actions button")
      try steps(reader, 12)
      #expect(try reader.texts(".curve-figure figcaption") == ["loss"])
      #expect(try reader.text(".curve-nowHeldOut").hasSuffix("held out"))
      #expect(try reader.count(".training-samples li") == 4)
      #expect(try !reader.isEnabled(".training-actions button"))
      try reader.page.fill("#training-step", "5")
      try reader.page.click(".training-open button")
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'sft step 5'")
      #expect(try reader.lastBeat() > 10)
      try reader.page.press("End")
      #expect(try !reader.run("print loss").isEmpty)
      reader.expectQuiet()
    }

    @Test func itPausesGoesOnAndStartsAgain() throws {
      let reader = try Reader(["sft", "--train", "--train-set", "max_steps=2000"])
      let button = ".training-actions button"
      try reader.page.wait(until: "!document.querySelector('\(button)').disabled")
      try reader.page.click(button)
      try steps(reader, 2)
      try reader.page.click(button)
      #expect(try reader.text(button) == "Go on")
      // The step that was being taken may still come.
      try reader.page.evaluate("new Promise(done => setTimeout(done, 1500))")
      let status = try reader.text(".training-status")
      try reader.page.evaluate("new Promise(done => setTimeout(done, 700))")
      #expect(try reader.text(".training-status") == status)
      try reader.page.fill(".training-control input", "0.0005")
      try reader.page.wait(until: "document.querySelector('.curve-marks').getAttribute('d') !== ''")
      try reader.page.fill(".training-control input", "fast")
      try reader.page.wait(until: "document.querySelector('.training .message').textContent !== ''")
      #expect(try reader.text(".training .message") == "learning_rate must be a number from 0 to 1000, not fast.")
      #expect(try reader.value(".training-control input") == "0.0005")
      try reader.page.click(button)
      try reader.page.wait(
        until:
          "document.querySelector('.training-status').textContent.split(' ·')[0] !== '\(status.split(separator: " ·")[0])'",
        patience: 60)
      try reader.page.click(button)
      try reader.page.click(".training-actions button + button")
      try reader.page.wait(
        until: "document.querySelector('.training-status').textContent.startsWith('1 stage')", patience: 60)
      #expect(try reader.count(".curve-figure") == 0)
      reader.expectQuiet()
    }

    #if arch(x86_64)
      /// Fifty steps of each, in the browser and by the command: the same bits in every weight. On ARM the portable kernels
      /// have fused instructions, which WebAssembly has not.
      @Test func theWeightsAreThoseOfTheCommand() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func train(_ arguments: [String], _ name: String) throws -> String {
          let output = folder.appending(path: name).path
          try Command.output(
            ["train"] + arguments + ["--set", "max_steps=50", "--output", output],
            environment: ["GRADUS_KERNELS": "portable"])
          return String(try LanguageModel.read("\(output)/model").model.parameters.checksum, radix: 16)
        }
        let reader = try Reader(Self.short)
        for (trainer, task) in [("grpo", "addition"), ("dpo", "preferences")] {
          let size = trainer == "dpo" ? ["--set", "num_hidden_layers=2", "--set", "hidden_size=64"] : []
          _ = try train(["sft", "--dataset", "task:\(task)"] + size, "sft-\(trainer)")
          let wanted = try train(
            [trainer, "--model", folder.appending(path: "sft-\(trainer)/model").path] + size, trainer)
          #expect(
            try checksum(
              reader, trainer, size: size.isEmpty ? "[]" : #"[["num_hidden_layers","2"],["hidden_size","64"]]"#)
              == wanted)
        }
      }

      /// Trains 50 steps from a start of 50 with the module that the page holds.
      private func checksum(_ reader: Reader, _ trainer: String, size: String) throws -> String {
        try reader.page.evaluate(
          """
          (async () => {
            \(unpackBytes)
            const exports = await moduleIn("gradus-training");
            const memory = () => exports.memory.buffer;
            const ask = (request) => {
              const text = new TextEncoder().encode(JSON.stringify(request));
              const at = exports.gradus_allocate(text.length) >>> 0;
              new Uint8Array(memory(), at, text.length).set(text);
              const answer = exports.gradus_ask(at, text.length) >>> 0;
              const count = new DataView(memory()).getUint32(answer, true);
              return JSON.parse(new TextDecoder().decode(new Uint8Array(memory(), answer + 4, count)));
            };
            const settings = [...\(size), ["max_steps", "50"], ["eval_steps", "0"]];
            ask({ do: "begin", trainer: "\(trainer)", settings, start: [["max_steps", "50"], ["eval_steps", "0"]] });
            while (!ask({ do: "advance" }).is_done);
            return ask({ do: "weights" }).checksum;
          })()
          """
        ).string ?? ""
      }
    #endif
  }
}
