import Documents
import Foundation
import Synchronization

/// A reward computed by a command of the user’s.
///
/// The command is started once, by `/bin/sh`. For each completion it reads one line of JSON,
///
///     {"index":0,"prompt":"37+85=","completion":"122","group":"A","answer":"122"}
///
/// with the completion’s number in the batch, `group` if there is one, and every column of the example under another name.
/// It answers each with a line, in the same order: a number, or `null` for a completion that it does not judge. It must
/// not wait for the end of its input to do so; its input is closed when the run ends.
public final class CommandReward: RewardFunction {
  private enum State {
    case idle
    case running(ChildProcess, Complaints)
    case failed(TrainingError)
  }

  public let name = "command"
  public let run: String
  /// Seconds for a batch.
  public let timeout: Double
  private let state = Mutex(State.idle)

  public init(run: String, timeout: Double = 30) {
    self.run = run
    self.timeout = timeout
  }

  deinit {
    state.withLock { state in
      guard case .running(let child, _) = state else { return }
      _ = child.closeAndEnd()
      state = .idle
    }
  }

  /// Throws if the command cannot be started, ends, writes anything but numbers, or writes too many or too late.
  ///
  /// The command is then ended, and every later call throws the same.
  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    let request = completions.enumerated().flatMap { Self.line($1, index: $0) }
    let count = completions.count
    return try state.withLock { (state) throws(TrainingError) in
      try self.exchange(request, count: count, state: &state)
    }
  }

  private func exchange(_ request: [UInt8], count: Int, state: inout State) throws(TrainingError) -> [Double?] {
    let isFirst = if case .idle = state { true } else { false }
    var (child, complaints) = try running(&state)
    var exchange = CommandExchange(child: child, request: request, count: count, isFirst: isFirst)
    do throws(CommandFailure) {
      try exchange.run(timeout: timeout, complaints: &complaints)
      state = .running(child, complaints)
      return exchange.numbers
    } catch {
      let error = ended(child, after: error, count: count, complaints: complaints)
      state = .failed(error)
      throw error
    }
  }

  private func running(_ state: inout State) throws(TrainingError) -> (ChildProcess, Complaints) {
    switch state {
    case .failed(let error): throw error
    case .running(let child, let complaints): return (child, complaints)
    case .idle:
      do throws(ChildError) {
        return (try ChildProcess(command: run), Complaints())
      } catch {
        throw TrainingError(.missingInput, "\(title) cannot be started: \(error.reason)")
      }
    }
  }

  private func ended(
    _ child: ChildProcess, after failure: CommandFailure, count: Int, complaints: Complaints
  ) -> TrainingError {
    var complaints = complaints
    // A command that closed its output is about to end with its own status.
    if case .ended = failure { _ = child.waitForExit(seconds: 1) }
    complaints.collect(from: child)
    let status = child.end()
    let words = complaints.lastLines
    let lastWords = words.isEmpty ? "" : "; it said:\n  " + words.joined(separator: "\n  ")
    let kind: TrainingError.Kind = isMissing(status, failure) ? .missingInput : .badData
    return TrainingError(kind, "\(title) \(sentence(failure, status: status, count: count))\(lastWords)")
  }

  private var title: String { "the reward command '\(run)'" }

  private func isMissing(_ status: ExitStatus, _ failure: CommandFailure) -> Bool {
    failure == .ended(given: 0) && (status == .code(126) || status == .code(127))  // what sh says of a missing program
  }

  private func sentence(_ failure: CommandFailure, status: ExitStatus, count: Int) -> String {
    switch failure {
    case .ended where isMissing(status, failure): "cannot be started (\(status))"
    case .ended(let given): "ended (\(status)) after \(given) of \(count) numbers; it must go on until its input ends"
    case .tooSlow(let given):
      "gave \(given) of \(count) numbers in \(NumberText.full(timeout)) s and was ended; "
        + "does it write out each line at once (in Python: print(…, flush=True))? timeout=… allows more"
    case .tooMany: "wrote more lines than the \(count) completions; it must write one number per line it reads"
    case .notANumber(let text, let line): "wrote '\(text)' as line \(line) of \(count), which is not a finite number"
    }
  }

  private static func line(_ item: ScoredCompletion, index: Int) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("index")
    json.integer(index)
    json.key("prompt")
    json.string(item.prompt)
    json.key("completion")
    json.string(item.completion)
    if let group = item.example.group {
      json.key("group")
      json.string(group)
    }
    for column in item.example.columns where !["index", "prompt", "completion", "group"].contains(column.key) {
      json.key(column.key)
      json.write(column.value)
    }
    json.endObject()
    return Array(json.text.utf8) + [UInt8(ascii: "\n")]
  }
}

extension ChildProcess {
  /// Closes its input, gives it two seconds to end, and ends it.
  fileprivate func closeAndEnd() -> ExitStatus {
    // The descriptor is replaced rather than closed, since `end` closes it.
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    if nowhere >= 0 {
      dup2(nowhere, input)
      close(nowhere)
    }
    _ = waitForExit(seconds: 2)
    return end()
  }
}

extension JSONWriter {
  /// Writes what was read.
  mutating func write(_ document: Document) {
    switch document.value {
    case .null: null()
    case .bool(let bool): self.bool(bool)
    case .number(let number): self.number(number)
    case .string(let text): string(text)
    case .list(let list):
      beginArray()
      for element in list { write(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        write(member.value)
      }
      endObject()
    }
  }
}
