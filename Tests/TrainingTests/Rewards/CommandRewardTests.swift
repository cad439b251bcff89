import Documents
import Foundation
import Testing

@testable import Training

@Suite(.serialized, .timeLimit(.minutes(1))) struct CommandRewardTests {
  private func items(_ count: Int, size: Int = 1) -> [ScoredCompletion] {
    (0..<count).map { i in
      let column = Document.Member(
        key: "answer", keyLine: 1, keyColumn: 1, value: Document(.number(Double(i) / 2), line: 1, column: 1))
      let example = Example(prompt: "p\(i)", group: "g", columns: [column], source: "data", line: i + 1)
      return ScoredCompletion(String(repeating: "x", count: size), of: example)
    }
  }

  private func failure(of run: String, _ count: Int = 4, timeout: Double = 10) -> TrainingError? {
    do throws(TrainingError) {
      _ = try CommandReward(run: run, timeout: timeout).scores(items(count))
      return nil
    } catch {
      return error
    }
  }

  @Test func theCommandStaysForEveryBatch() throws {
    let reward = CommandReward(run: "n=0; while read line; do n=$((n+1)); echo $n; done")
    #expect(try reward.scores(items(2)) == [1, 2])
    #expect(try reward.scores(items(3)) == [3, 4, 5])
    #expect(try reward.scores([]) == [])
  }

  @Test func itMayHaveNothingToSay() throws {
    let reward = CommandReward(run: "while read line; do echo null; read line; echo 2; read line; echo None; done")
    #expect(try reward.scores(items(3)) == [nil, 2, nil])
  }

  @Test func twoCommandsAtOnceDoNotHoldEachOthersPipes() throws {
    let first = CommandReward(run: "while read line; do echo 1; done")
    var second: CommandReward? = CommandReward(run: "while read line; do echo 2; done")
    #expect(try first.scores(items(2)) == [1, 1])
    #expect(try second?.scores(items(2)) == [2, 2])
    let start = ContinuousClock.now
    second = nil
    // It saw the end of its input, and was not waited for in vain.
    #expect(ContinuousClock.now - start < .milliseconds(1_500))
    #expect(try first.scores(items(1)) == [1])
  }

  @Test func itReadsPromptCompletionGroupAndColumns() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    _ = try CommandReward(run: "while read -r line; do echo \"$line\" >> \(file); echo 1e-3; done").scores(items(2))
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(
      text == """
        {"index":0,"prompt":"p0","completion":"x","group":"g","answer":0}
        {"index":1,"prompt":"p1","completion":"x","group":"g","answer":0.5}

        """)
  }

  /// Half a megabyte each way: more than any pipe holds, while the command also floods its standard error.
  @Test func fullPipesBlockNobody() throws {
    let reward = CommandReward(
      run: "n=0; while read -r line; do n=$((n+1)); printf '%900d\\n' $n; printf '%900d\\n' $n >&2; done")
    let scores = try reward.scores(items(600, size: 900))
    #expect(scores == (1...600).map(Double.init))
  }

  @Test func aCommandThatCannotBeStartedSaysSo() throws {
    let error = try #require(failure(of: "gradus-no-such-program"))
    #expect(error.kind == .missingInput)
    #expect(
      error.message.hasPrefix(
        "the reward command 'gradus-no-such-program' cannot be started (exit code 127); it said:\n  "))
    #expect(error.message.contains("not found"))
  }

  @Test func anEarlyEndIsToldWithTheLastWords() {
    let error = failure(of: "read a; echo 1; for i in 1 2 3 4 5 6 7; do echo word $i >&2; done; exit 3")
    #expect(
      error?.message == """
        the reward command 'read a; echo 1; for i in 1 2 3 4 5 6 7; do echo word $i >&2; done; exit 3' \
        ended (exit code 3) after 1 of 4 numbers; it must go on until its input ends; it said:
          word 3
          word 4
          word 5
          word 6
          word 7
        """)
  }

  @Test func anEarlyEndIsNoticedThoughAChildHoldsThePipe() {
    let start = ContinuousClock.now
    let error = failure(of: "sleep 50 & exit 4")
    #expect(error?.message.contains("ended (exit code 4) after 0 of 4 numbers") == true)
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func aSignalIsNamed() {
    #expect(failure(of: "kill -9 $$")?.message.contains("ended (signal 9) after 0 of 4") == true)
  }

  @Test func aCommandThatNeverReadsRaisesNoSignal() {
    #expect(
      failure(of: "exec 0<&-; sleep 0.3; exit 5", 2_000)?.message.contains("ended (exit code 5) after 0 of 2000")
        == true)
  }

  @Test func tooManyLinesAreRefused() {
    let sentence = "wrote more lines than the 4 completions; it must write one number per line it reads"
    #expect(failure(of: "read a; printf '1\\n2\\n3\\n4\\n5\\n'; sleep 9")?.message.hasSuffix(sentence) == true)
    #expect(failure(of: "yes 1")?.message.hasSuffix(sentence) == true)
  }

  @Test func aLineTooManyIsNoticedInTheNextBatchAtTheLatest() throws {
    let reward = CommandReward(run: "read a; echo 1; sleep 0.2; echo 2; cat > /dev/null")
    #expect(try reward.scores(items(1)) == [1])
    usleep(500_000)
    #expect(throws: TrainingError.self) { try reward.scores(items(1)) }
  }

  @Test(arguments: [
    ("echo hello", "wrote 'hello' as line 1 of 4"), ("echo 1; echo NaN", "wrote 'NaN' as line 2 of 4"),
    ("echo inf", "wrote 'inf' as line 1 of 4"), ("echo 1e999", "wrote '1e999' as line 1 of 4"),
    ("echo", "wrote '' as line 1 of 4"), ("printf 1,5", "wrote '1,5' as line 1 of 4"),
    ("cat /dev/zero", "…' as line 1 of 4"),
    ("yes | tr -d '\\n'", "wrote 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…' as"),
  ])
  func whatIsNotAFiniteNumberIsQuoted(run: String, sentence: String) {
    #expect(failure(of: run)?.message.contains(sentence) == true)
  }

  @Test func aSlowCommandIsEndedWithAllItStarted() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let start = ContinuousClock.now
    let error = failure(of: "sleep 60 & echo $! > \(file); echo 1; wait", timeout: 0.5)
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(
      error?.message.contains("gave 1 of 4 numbers in 0.5 s and was ended; does it write out each line at once") == true
    )
    #expect(try Self.isGone(file))
  }

  #if os(Linux)
    /// A process in a session of its own is in no group that could be ended with the command, nor is its child.
    @Test(arguments: ["setsid sleep 60 & echo $! > FILE", "setsid sh -c '(sleep 60 & echo $! > FILE); exit 0'"])
    func whatACommandLeavesInASessionOfItsOwnIsEnded(forks: String) throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID())").path
      defer { try? FileManager.default.removeItem(atPath: file) }
      let forks = forks.replacingOccurrences(of: "FILE", with: file)
      var reward: CommandReward? = CommandReward(run: "\(forks); while read line; do echo 1; done")
      #expect(try reward?.scores(items(3)) == [1, 1, 1])
      reward = nil
      #expect(try Self.isGone(file))
    }
  #endif

  /// Whether the process whose number stands in a file has ended. Whoever adopts the orphan may take a moment to collect it;
  /// a zombie no longer runs.
  private static func isGone(_ file: String) throws -> Bool {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let id = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    for _ in 0..<100 {
      let status = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
      if kill(id, 0) != 0 || status.contains(") Z") { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func aFloodOfErrorsDoesNotOutrunTheTimeLimit() {
    #expect(failure(of: "yes >&2", timeout: 0.5)?.message.contains("gave 0 of 4 numbers in 0.5 s") == true)
  }

  @Test func aFailureStays() {
    let reward = CommandReward(run: "exit 2")
    #expect(throws: TrainingError.self) { try reward.scores(items(1)) }
    #expect(throws: TrainingError.self) { try reward.scores(items(1)) }
  }

  @Test func theEndOfTheRewardIsTheEndOfItsInput() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    var reward: CommandReward? = CommandReward(run: "while read line; do echo 1; done; echo bye > \(file)")
    #expect(try reward?.scores(items(3)) == [1, 1, 1])
    reward = nil
    #expect(FileManager.default.fileExists(atPath: file))
  }

  @Test(arguments: ["exit 1", "yes", "sleep 60", "read a; echo 1; sleep 60"]) func noZombieIsLeft(run: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    _ = failure(of: "echo $$ > \(file); \(run)", 1, timeout: 0.3)
    let id = try #require(
      pid_t(String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
    // It is no child of ours any more: its status has been collected.
    #expect(waitpid(id, nil, WNOHANG) == -1 && errno == ECHILD)
  }
}
