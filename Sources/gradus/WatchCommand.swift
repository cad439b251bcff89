import ArgumentParser
import Diagnosis
import Documents
import Foundation
import Reporting
import Training

/// `gradus watch`: the doctor beside a run that goes on.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow a run while it is trained, and tell of each trouble as soon as its curves show it.",
    usage: """
      gradus watch RUN [--on-finding command] [--interval seconds]
      gradus watch RUN --once [--json]
      """,
    discussion: """
      RUN is what `gradus doctor` reads: a folder of `gradus train`, or a log of another trainer that grows. Each finding is \
      told once. Watching ends with a run of `gradus train`, and with Ctrl-C otherwise.

      The command of --on-finding is run by /bin/sh for each finding. It reads the finding as JSON on its standard input and \
      has GRADUS_FINDING (its name), GRADUS_VERDICT, GRADUS_TITLE, GRADUS_STEP (the step to open), GRADUS_LAST_STEP and \
      GRADUS_RUN in its environment. Watching goes on when it has ended, whatever its exit code.

      Example:  gradus watch runs/grpo
      Example:  gradus watch train.log --on-finding 'echo $GRADUS_TITLE >> notes'
      """)

  @Argument(
    help: ArgumentHelp("A run's folder, or a log that grows.", valueName: "RUN"), completion: .file())
  var path: String

  @Option(
    name: .customLong("on-finding"),
    help: ArgumentHelp("A command for the shell, run at each finding.", valueName: "command"))
  var command: String?

  @Option(help: ArgumentHelp("Seconds between two looks at the log.", valueName: "seconds"))
  var interval = 5.0

  @Option(
    name: .customLong("run"), help: ArgumentHelp("Of a table with several runs, the one to follow.", valueName: "name"))
  var runName: String?

  @Flag(help: "Look once, and end.")
  var once = false

  @Flag(help: "Print a line of JSON for each finding.")
  var json = false

  func validate() throws {
    guard interval >= 0.1, interval <= 86_400 else {
      throw ValidationError("--interval must be from 0.1 to 86400 seconds")
    }
  }

  func run() throws {
    Interruption.watch(speaks: false)
    var told: Set<String> = []
    var (rows, stoppedLooks) = (-1, 0)
    if !json, !once { try Output.write("\(path.visible): watching; Ctrl-C ends\n") }
    while true {
      guard let (record, log) = try look(isFirst: rows < 0) else {
        wait()
        if Interruption.isRequested { break }
        continue
      }
      if record.rows.count != rows {
        rows = record.rows.count
        let report = RunReport(of: record, traces: false)
        for finding in report.findings where told.insert(finding.name).inserted { try tell(finding, of: report) }
      }
      if once { break }
      // A run that has not begun yet looks like one that has been stopped.
      if log.run?.state == .stopped { stoppedLooks += 1 } else { stoppedLooks = 0 }
      if log.run?.state == .finished || stoppedLooks > 1 { break }
      wait()
      if Interruption.isRequested { break }
    }
    if json { return }
    let state = Interruption.isRequested ? "" : try Self.state(RunSource.read(path, run: runName, isGrowing: true).log)
    let found = told.isEmpty ? "nothing was found" : "\(told.count) \(told.count == 1 ? "finding" : "findings")"
    try Output.write("\(path.visible): \(state)\(found); `gradus doctor \(path.visible)` tells what was looked at\n")
  }

  /// Reads the log; a later look may find it half written, and is then left out.
  private func look(isFirst: Bool) throws -> (record: RunRecord, log: RunLog)? {
    do {
      return try RunSource.read(path, run: runName, isGrowing: true)
    } catch let error as CommandError where !isFirst && error.kind == .badData {
      return nil
    }
  }

  private static func state(_ log: RunLog) -> String {
    guard let run = log.run else { return "" }
    return "\(run.state.rawValue) at step \(run.step); "
  }

  /// Sleeps in short pieces, so that Ctrl-C is heard at once.
  private func wait() {
    let end = Date(timeIntervalSinceNow: interval)
    while !Interruption.isRequested, Date() < end { usleep(50_000) }
  }

  private func tell(_ finding: RunFinding, of report: RunReport) throws {
    if json {
      try Output.write(report.json(of: finding) + "\n")
    } else {
      var text = StyledText()
      text.line()
      text.line("at step \(report.record.rows.last?.step ?? 0)", .dim)
      text.add(report.text(of: finding))
      try Output.write(text.onTerminal)
    }
    guard let command else { return }
    let hook = FindingHook(command: command, finding: finding, report: report)
    if let problem = hook.run() { Output.complain("--on-finding: \(problem)") }
  }
}

/// A user's command that is run at a finding.
struct FindingHook {
  let command: String
  let finding: RunFinding
  let report: RunReport

  /// Runs it to its end. Returns what went wrong, if anything did.
  func run() -> String? {
    guard let input = input() else { return "the finding cannot be handed over: \(String(cString: strerror(errno)))" }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = input
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    do {
      try process.run()
    } catch {
      return "/bin/sh cannot be started: \(error.localizedDescription)"
    }
    while process.isRunning {
      if Interruption.isRequested { process.terminate() }
      usleep(20_000)
    }
    let code = process.terminationStatus
    return code == 0
      ? nil : "'\(command)' ended with \(process.terminationReason == .exit ? "exit code" : "signal") \(code)"
  }

  private var variables: [String: String] {
    [
      "GRADUS_FINDING": finding.name, "GRADUS_VERDICT": finding.verdict.rawValue, "GRADUS_TITLE": finding.title,
      "GRADUS_STEP": "\(finding.step)", "GRADUS_LAST_STEP": "\(report.record.rows.last?.step ?? 0)",
      "GRADUS_RUN": report.record.name,
    ]
  }

  /// The finding as a file without a name: a pipe would end this program when the command does not read it.
  private func input() -> FileHandle? {
    var path = Array((FileManager.default.temporaryDirectory.path + "/gradus-finding-XXXXXX").utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    unlink(path)
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard (try? handle.write(contentsOf: Data((report.json(of: finding) + "\n").utf8))) != nil,
      lseek(descriptor, 0, SEEK_SET) == 0
    else {
      return nil
    }
    return handle
  }
}
