import Debugging
import Documents
import Formats
import Foundation
import JupyterKernel
import Notebooks
import Player
import Recording
import Reporting
import Simulation
import Training

/// What reads something that others wrote.
public struct Reader: Sendable {
  public let name: String
  /// Reads an input; may refuse it, but not crash.
  public let read: @Sendable ([UInt8]) -> Void

  public static func named(_ name: String) -> Reader? { all.first { $0.name == name } }

  public static let all: [Reader] =
    texts + sources + files + [
      Reader("player") { bytes in
        var player = PagePlayer()
        for line in lines(bytes) { _ = player.answer(line) }
      },
      Reader("kernel") { bytes in
        let frames = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
        let wire = Wire(signer: Signer(key: []))
        // A cell may run a shell's commands, and these would be invented.
        guard let request = try? wire.request(frames), request.type != "execute_request" else { return }
        let opened = try? Kernel(
          folder: nil, program: URL(fileURLWithPath: "gradus"), limit: .infinity,
          opening: { name, _ throws(ExpressionError) in throw ExpressionError("there is no \(name)") },
          overrun: { _ in })
        guard let kernel = opened else { return }
        let interpreter = Interpreter(
          kernel: kernel, info: KernelInfo(version: "1", program: "gradus"), draw: { _ in "" }, write: { _ in })
        defer { interpreter.close() }
        _ = interpreter.reply(to: request) { _ in }
      },
    ]

  // MARK: Texts

  private static let texts = [
    Reader("json") { bytes in
      guard let document = try? JSONReader.read(bytes) else { return }
      // What is read can be written, and is the same when it is read again.
      guard let again = try? JSONReader.read(document.json) else { preconditionFailure("written, it cannot be read") }
      precondition(again.json == document.json)
    },
    Reader("yaml") { _ = try? YAMLReader.read($0) },
    Reader("template") { bytes in
      guard let template = try? ChatTemplate(text(bytes)) else { return }
      let conversation = [
        Document.message("system", "Be brief."), Document.message("user", "What is 2 + 2?"),
        Document.message("assistant", "4"),
      ]
      var input = ChatTemplate.Input(messages: conversation)
      input.addsGenerationPrompt = bytes.count % 2 == 0
      input.specialTokens = ["bos_token": "<s>", "eos_token": "</s>"]
      _ = try? template.render(input, now: Date(timeIntervalSince1970: 0))
    },
    Reader("notebook") { bytes in
      guard let notebook = try? Notebook(text(bytes)) else { return }
      _ = notebook.title
      _ = notebook.cells
    },
    Reader("commands") { bytes in
      var session = Session(source: smallBatch)
      for line in lines(bytes).prefix(20) where !session.isFinished { _ = session.run(line) }
    },
  ]

  // MARK: Scenarios and batches

  private static let sources = [
    Reader("batch") { bytes in
      guard let document = try? JSONReader.read(bytes), let source = try? Source(document, name: "batch") else {
        return
      }
      visit(source)
    },
    Reader("scenario") { bytes in
      guard let document = try? YAMLReader.read(bytes), let source = try? Source(document, name: "scenario") else {
        return
      }
      // A scenario may ask for a thousand iterations.
      if case .batch = source { visit(source) }
    },
    Reader("rollouts") { bytes in
      guard let dump = try? RolloutDump(bytes) else { return }
      visit(.batch(dump.batch, name: "rollouts"))
    },
  ]

  /// Records it, and says what the debugger says of each beat.
  private static func visit(_ source: Source) {
    let trace = source.record()
    for beat in trace.beats.indices.prefix(200) { _ = Narration.sentence(for: beat, in: trace) }
  }

  private static let smallBatch: Source = {
    let batch = """
      {"format": "gradus.batch/1", "algorithm": "grpo", "sequences": [
        {"prompt": "q", "group": "a", "reward": 1, "tokens": ["a", "b"], "logp": [-1, -0.5], "old_logp": [-1.2, -0.5],
         "ref_logp": [-1, -0.4]},
        {"prompt": "q", "group": "a", "reward": 0, "tokens": ["c"], "logp": [-2], "old_logp": [-1.5], "ref_logp": [-1.4]}
      ]}
      """
    guard let document = try? JSONReader.read(batch), let source = try? Source(document, name: "small") else {
      fatalError("the small batch is no batch")
    }
    return source
  }()

  // MARK: Files

  private static let files = [
    Reader("safetensors") { bytes in
      withFile(bytes, "model.safetensors") { path in
        guard let file = try? Safetensors(path: path) else { return }
        for tensor in file.tensors.prefix(8) where tensor.count < 1 << 16 {
          withNumbers(tensor.count) { _ = try? file.read(tensor, into: $0) }
        }
      }
    },
    Reader("gguf") { bytes in
      withFile(bytes, "model.gguf") { path in
        guard let file = try? GGUF(path: path) else { return }
        for tensor in file.tensors.prefix(8) where tensor.count < 1 << 16 {
          withNumbers(tensor.count) { _ = try? file.read(tensor, into: $0) }
        }
        if let tokenizer = try? Tokenizer(file) { use(tokenizer) }
      }
    },
    Reader("tokenizer") { bytes in
      guard let tokenizer = try? Tokenizer(json: bytes) else { return }
      use(tokenizer)
    },
    Reader("model") { bytes in
      withFile(bytes, "config.json") { path in
        _ = try? PlannedModel.read(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      }
    },
    // The first byte says what kind of file it is.
    Reader("dataset") { bytes in
      guard let first = bytes.first.map({ Int($0) }) else { return }
      let (endings, kinds) = (["jsonl", "json", "csv"], Dataset.Kind.allCases)
      withFile(Array(bytes.dropFirst()), "data." + endings[first % endings.count]) { path in
        _ = try? Dataset.read(path, as: kinds[first / endings.count % kinds.count])
      }
    },
    Reader("run") { bytes in
      guard let first = bytes.first.map({ Int($0) }) else { return }
      let names = ["log.txt", "log.jsonl", "log.csv", "trainer_state.json", "events.out.tfevents.1"]
      readLog(Array(bytes.dropFirst()), names[first % names.count])
    },
    // With right checksums, which a fuzzer does not find. Each event has its length before it, in one byte.
    Reader("tensorboard") { bytes in
      var (rest, file) = (bytes[...], [UInt8]())
      while let length = rest.popFirst() {
        file += TensorBoardRecord.framed(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
      }
      readLog(file, "events.out.tfevents.1")
    },
    Reader("configuration") { bytes in _ = try? RunConfiguration.read(bytes, name: "run.yaml") },
  ]

  private static func readLog(_ bytes: [UInt8], _ name: String) {
    withFile(bytes, name) { path in
      guard let log = try? RunLog.read(path) else { return }
      _ = log.batches
    }
  }

  private static func use(_ tokenizer: Tokenizer) {
    let ids = tokenizer.encode("The capital of France is  Paris.\n\u{e9}\u{1f600}", addSpecialTokens: true)
    _ = tokenizer.decode(ids)
    _ = tokenizer.decode(0..<Int32(min(64, tokenizer.vocabularySize)))
  }

  // MARK: Helping

  private init(_ name: String, _ read: @escaping @Sendable ([UInt8]) -> Void) { (self.name, self.read) = (name, read) }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    text(bytes).split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
  }

  /// Gives the path of a file of these bytes, which is removed afterwards.
  private static func withFile(_ bytes: [UInt8], _ name: String, _ body: (String) -> Void) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(bytes).write(to: folder.appending(path: name))
    } catch {
      fatalError("cannot write \(folder.path): \(error)")
    }
    body(folder.appending(path: name).path)
  }

  private static func withNumbers(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    let numbers = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    defer { numbers.deallocate() }
    body(numbers)
  }
}
