import ArgumentParser
import Foundation
import Training

/// `gradus runs`: what was trained, listed and compared.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs below a folder, compare runs, or show what one logged.",
    usage: """
      gradus runs [FOLDER …] [--metric name] [--sort name|written|step|metric]
      gradus runs RUN RUN … [--metric name]
      gradus runs RUN --metric name …
      gradus runs [FOLDER | RUN …] --html FILE | --json
      """,
    discussion: """
      Lists every run in a FOLDER and below it, by default in `runs`; two or more RUNs, each the folder of one run, are \
      compared. With --metric, one RUN shows what it logged, step by step. A folder that TRL or transformers wrote, with trainer_state.json in it or in one of its checkpoints, is \
      a run, too.

      Example:  gradus runs
      Example:  gradus runs runs/grpo runs/grpo-2 --metric reward
      Example:  gradus runs runs/grpo --metric reward --metric kl
      Example:  gradus runs --html runs.html

      TensorBoard shows the same runs:  tensorboard --logdir runs
      """)

  @Argument(
    help: ArgumentHelp("Folders to look for runs in, or the runs to compare.", valueName: "FOLDER"),
    completion: .directory)
  var folders: [String] = []

  @Option(
    name: .customLong("metric"), parsing: .singleValue,
    help: ArgumentHelp("Show this metric; can be repeated (default: those that matter).", valueName: "name"))
  var metrics: [String] = []

  @Option(
    help: ArgumentHelp("List by name, written, step, or a metric's last value.", valueName: "order"),
    completion: .list(["name", "written", "step", "loss", "eval_loss", "reward"]))
  var sort: String?

  @Option(
    help: ArgumentHelp("Write one page with the runs' curves over each other.", valueName: "FILE"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(help: "Print options and metrics of the runs as JSON.")
  var json = false

  func validate() throws {
    if json, html != nil { throw ValidationError("--json and --html cannot be combined") }
    if html == "" { throw ValidationError("--html needs the name of a file") }
  }

  func run() throws {
    let finder: RunFinder
    let text: String
    do throws(TrainingError) {
      finder = try find()
      text = try answer(finder)
    } catch {
      throw CommandError(error)
    }
    for folder in finder.skipped { Output.complain("skipped: \(Self.told(folder))") }
    try OutputFile.write(text, to: html ?? "-")
    if let html, html != "-" { Output.complain("the page is \(html)") }
  }

  /// Whether runs were named, and not folders to look for runs in.
  private var isComparison: Bool { folders.count > 1 && folders.allSatisfy(RunFinder.isRun) }

  /// Whether one run's numbers are asked for, step by step.
  private var isOfSteps: Bool {
    folders.count == 1 && !metrics.isEmpty && html == nil && !json && sort == nil && RunFinder.isRun(folders[0])
  }

  private func find() throws(TrainingError) -> RunFinder {
    var finder = RunFinder()
    if isComparison || isOfSteps {
      for folder in folders { try finder.add(run: folder) }
      return finder
    }
    let folders = folders.isEmpty ? ["runs"] : folders
    for folder in folders { try finder.search(folder, isNamedWhole: folders.count > 1) }
    guard finder.runs.isEmpty else { return finder }
    let skipped = finder.skipped.map { "\n  \(Self.told($0))" }.joined()
    throw TrainingError(
      .missingInput, "\(folders.joined(separator: ", ")): there is no run that can be read\(skipped)")
  }

  /// Most reasons begin with the file in question.
  private static func told(_ folder: (path: String, reason: String)) -> String {
    folder.reason.hasPrefix(folder.path) ? folder.reason : "\(folder.path): \(folder.reason)"
  }

  /// The requested output: JSON, a page, a comparison or a list.
  private func answer(_ finder: RunFinder) throws(TrainingError) -> String {
    let order = RunOrder(sort ?? "name")
    let runs = try order.sorted(finder.runs)
    var metrics = try RunComparison.metrics(named: metrics, of: runs)
    // The metric that sorts the list must be visible.
    if metrics.isEmpty, case .metric(let name) = order { metrics = [name] }
    if json { return RunComparison.json(runs, skipped: finder.skipped) + "\n" }
    if html != nil { return try RunComparison(runs).html(metrics: metrics) }
    if isOfSteps, let run = runs.first { return RunSteps(run, metrics: metrics).text }
    let now = Date().timeIntervalSince1970
    if isComparison { return try RunComparison(runs).text(metrics: metrics, columns: Self.columns, now: now) }
    return RunsTable(runs, metrics: metrics, now: now).text(columns: Self.columns)
  }

  /// The terminal's width; 80 without a terminal.
  private static var columns: Int {
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? max(60, min(160, Int(size.ws_col))) : 80
  }
}
