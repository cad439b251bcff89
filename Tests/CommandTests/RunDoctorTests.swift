import Documents
import Foundation
import Testing

/// `gradus doctor RUN` and `gradus watch RUN`.
@Suite struct RunDoctorTests {
  private let program: Program

  init() throws { program = try Program() }

  /// JSON lines of 60 steps, with an entropy that collapses unless the run is healthy.
  private func log(_ steps: ClosedRange<Int> = 1...60, healthy: Bool = false) -> String {
    steps.map { step in
      let entropy = healthy ? 2 - Double(step) / 100 : 2 / (1 + Double(step) / 3)
      return "{\"step\":\(step),\"reward\":\(Double(step) / 60),\"entropy\":\(entropy)}\n"
    }.joined()
  }

  @Test func aRunsCurvesAreExamined() throws {
    try program.write(log(), to: "log.jsonl")
    let result = try program(["doctor", "log.jsonl"])
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.output.hasPrefix("log.jsonl: JSON lines of metrics, steps 1 to 60\n1 of the "))
    #expect(result.output.contains("! The entropy fell from 1.500 to 0.09"))
    #expect(result.output.contains("\nlog these as well to have more looked for:\n"))
    #expect(result.output.contains("\n  kl: first-reference, kl-runaway\n"))
    let one = try program(["doctor", "log.jsonl", "entropy-collapse"])
    #expect(one.exitCode == 0 && result.output.contains(one.output))
    try program.write(log(healthy: true), to: "log.jsonl")
    #expect(try program(["doctor", "log.jsonl"]).output.contains("\nnone of the "))
    let absent = try program(["doctor", "log.jsonl", "entropy-collapse"])
    #expect(absent.exitCode == 64 && absent.errors == "Error: entropy-collapse is not seen in this run\n")
    let impossible = try program(["doctor", "log.jsonl", "kl-runaway"])
    #expect(impossible.errors == "Error: kl-runaway cannot be seen: the log does not have kl\n")
    #expect(try program(["doctor", "log.jsonl", "entropy-colapse"]).errors.contains("did you mean entropy-collapse?"))
  }

  @Test func findingsAreJSON() throws {
    try program.write(log(), to: "log.jsonl")
    let fields = try JSONReader.read(program(["doctor", "log.jsonl", "--json"]).output).object()
    let finding = try #require(fields.required("findings").list().first).object()
    #expect(try finding.required("name").string() == "entropy-collapse")
    #expect(try finding.required("evidence").list().count >= 2)
    #expect(try finding.required("step").integer() < finding.required("seen_at").integer())
  }

  @Test func aRunOfOursOpensItsSteps() throws {
    try program.write("trainer: grpo\nmax_steps: 60\n", to: "runs/one/config.yaml")
    try program.write(log(), to: "runs/one/metrics.jsonl")
    let rerun = "gradus train grpo --config runs/one/config.yaml --output runs/one-again --record "
    #expect(try program(["doctor", "runs/one"]).output.contains(rerun))
    for step in [10, 20] { try program.write("{}", to: "runs/one/batches/step-0000\(step).batch.json") }
    let result = try program(["doctor", "runs/one/"])
    #expect(result.output.contains("runs/one: a run of gradus train grpo, steps 1 to 60 of 60\n"))
    #expect(result.output.contains("  open  gradus doctor runs/one/batches/step-0000"))
  }

  @Test func whatIsNoRunIsAnError() throws {
    try program.write("", to: "empty.log")
    try program.write("a: b\n", to: "none/config.txt")
    try program.write("a,b\n1,2\n", to: "table.csv")
    for (path, code, message) in [
      ("empty.log", 65, "looked for"), ("none", 66, "looked for"), ("table.csv", 65, "no column has the step"),
      ("nowhere", 66, "there is no built-in scenario and no file"),
    ] {
      let result = try program(["doctor", path])
      #expect(result.exitCode == Int32(code) && result.errors.contains(message), "\(path): \(result.errors)")
      #expect(result.output == "")
    }
    try program.write(log(), to: "log.jsonl")
    #expect(try program(["doctor", "log.jsonl", "--set", "beta=1"]).exitCode == 64)
    #expect(try program(["doctor", "grpo", "--run", "a"]).errors.contains("is not the log of a run"))
  }

  @Test func aTableMayHoldSeveralRuns() throws {
    let rows = (1...40).map { "\($0),\(2 - Double($0) / 50),\($0 > 20 ? 9 : 2 - Double($0) / 50)\n" }
    try program.write("Step,good - train/loss,bad - train/loss\n" + rows.joined(), to: "t.csv")
    #expect(try program(["doctor", "t.csv"]).errors == "Error: t.csv: holds 2 runs; say which with --run: good, bad\n")
    #expect(try program(["doctor", "t.csv", "--run", "good"]).output.contains("none of the"))
    #expect(try program(["doctor", "t.csv", "--run", "bad"]).output.contains("✗ The loss rose"))
  }

  @Test func watchingOnceTellsAndRunsACommand() throws {
    try program.write(log(), to: "log.jsonl")
    let hook =
      "cat > finding.json; echo \"$GRADUS_FINDING $GRADUS_VERDICT $GRADUS_STEP $GRADUS_LAST_STEP $GRADUS_RUN\" > hook.txt; echo said"
    let result = try program(["watch", "log.jsonl", "--once", "--on-finding", hook])
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.output.contains("! The entropy fell") && result.output.contains("said\n"))
    #expect(result.output.hasSuffix("log.jsonl: 1 finding; `gradus doctor log.jsonl` tells what was looked at\n"))
    #expect(try program.read("hook.txt").hasPrefix("entropy-collapse caution "))
    #expect(try program.read("hook.txt").hasSuffix(" 60 log.jsonl\n"))
    let finding = try JSONReader.read(program.read("finding.json")).object()
    #expect(try finding.required("name").string() == "entropy-collapse")
    let lines = try program(["watch", "log.jsonl", "--once", "--json"]).output.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].hasPrefix("{\"name\""))
  }

  @Test func aCommandThatFailsOrReadsNothingIsNoEnd() throws {
    try program.write(log(), to: "log.jsonl")
    let result = try program(["watch", "log.jsonl", "--once", "--on-finding", "exit 3"])
    #expect(result.exitCode == 0 && result.errors.contains("--on-finding: 'exit 3' ended with exit code 3"))
    #expect(result.output.contains("1 finding"))
  }

  @Test func aLogThatGrowsIsFollowed() throws {
    try program.write("", to: "log.jsonl")
    // The log gets its trouble while it is watched, each finding is told once, and SIGINT ends it.
    try program.write(log(1...5), to: "early.txt")
    try program.write(log(6...60), to: "late.txt")
    let line = """
      $GRADUS watch log.jsonl --interval 0.1 > out.txt & watcher=$!
      sleep 0.5; cat early.txt >> log.jsonl; sleep 0.5; cat late.txt >> log.jsonl; sleep 1; kill -INT $watcher; wait $watcher; echo "code $?"
      """
    let result = try program.shell(line)
    #expect(result.output.contains("code 0"))
    let told = try program.read("out.txt")
    #expect(told.hasPrefix("log.jsonl: watching; Ctrl-C ends\n"))
    #expect(told.components(separatedBy: "The entropy fell").count == 2)
    #expect(told.contains("at step 60\n") && told.hasSuffix("tells what was looked at\n"))
  }

  @Test func watchingEndsWithARunOfOurs() throws {
    try program.write("trainer: grpo\nmax_steps: 60\n", to: "runs/one/config.yaml")
    try program.write(log(healthy: true), to: "runs/one/metrics.jsonl")
    try program.write("{}", to: "runs/one/model/config.json")
    let result = try program(["watch", "runs/one", "--interval", "0.1"])
    #expect(result.exitCode == 0)
    #expect(
      result.output.hasSuffix(
        "runs/one: finished at step 60; nothing was found; `gradus doctor runs/one` tells what was looked at\n"))
    #expect(try program(["watch", "runs/two"]).exitCode == 66)
    #expect(try program(["watch", "runs/one", "--interval", "0"]).exitCode == 64)
  }
}
