import ArgumentParser
import Formats
import Foundation
import Notebooks

/// `gradus notebook`: executable Markdown.
struct NotebookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notebook",
    abstract: "Run executable Markdown, check its outputs, or make a Jupyter notebook of it.",
    usage: "gradus notebook run|check|update|export FILE…",
    discussion: """
      A file is Markdown whose fences ```gradus (commands of the debugger, one session per file) and ```sh (a script) \
      are run. What a cell prints stands in the fence ```output after it; there, ... stands for anything.

      Example:  gradus notebook check notebooks-md/ppo-rlhf.md
      """,
    subcommands: [RunNotebook.self, CheckNotebook.self, UpdateNotebook.self, ExportNotebook.self])
}

/// The arguments of all its subcommands.
struct NotebookOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Markdown files.", valueName: "FILE"), completion: .file(extensions: ["md"]))
  var files: [String]

  @Option(help: ArgumentHelp("How long a cell may run.", valueName: "seconds"))
  var timeout = 300.0

  func validate() throws {
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout must be above 0 and at most 86400 seconds")
    }
  }

  /// Runs each file, also after problems with one.
  ///
  /// - Parameter use: Reports problems and returns whether there are any.
  func runEach(_ use: (NotebookFile, NotebookRun) throws -> Bool) throws {
    var hasFailed = false
    for path in files {
      do {
        let file = try NotebookFile(path)
        if try use(file, try file.run(timeout: timeout)) { hasFailed = true }
      } catch let error as CommandError {
        guard files.count > 1, error.kind != .writeFailed else { throw error }
        error.report()
        hasFailed = true
      }
    }
    if hasFailed { throw ExitCode(CommandError.Kind.badData.rawValue) }
  }
}

struct RunNotebook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the cells and print the notebook with its current outputs.",
    usage: "gradus notebook run FILE…")

  @OptionGroup var options: NotebookOptions

  func run() throws {
    try options.runEach { file, run in
      let text = run.updatedText
      try Output.write(text.hasSuffix("\n") ? text : text + "\n")
      return file.report(run.failures)
    }
  }
}

struct CheckNotebook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Fail with a difference where an output has changed.",
    usage: "gradus notebook check FILE…")

  @OptionGroup var options: NotebookOptions

  func run() throws {
    try options.runEach { file, run in
      let problems = run.problems(content: file.folder.content)
      if problems.isEmpty {
        try Output.write(
          "\(file.path): \(run.notebook.cells.count == 1 ? "1 cell is" : "\(run.notebook.cells.count) cells are") up to date\n"
        )
      }
      return file.report(problems)
    }
  }
}

struct UpdateNotebook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Rewrite the outputs and pictures in place, and nothing else.",
    usage: "gradus notebook update FILE…",
    discussion: "A file with a failing cell stays as it is.")

  @OptionGroup var options: NotebookOptions

  func run() throws {
    try options.runEach { file, run in
      if file.report(run.failures) { return true }
      let stale = run.problems(content: file.folder.content)
      for picture in run.pictures { try file.folder.draw(picture) }
      let text = run.updatedText
      if text != file.text { try OutputFile.write(text, to: file.path) }
      try Output.write("\(file.path): \(stale.contains { $0.isStale } ? "updated" : "was up to date")\n")
      return file.report(stale.filter { !$0.isStale })
    }
  }
}

struct ExportNotebook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Run the cells and write a Jupyter notebook (.ipynb) beside each file.",
    usage: "gradus notebook export FILE… [--output FILE]")

  @OptionGroup var options: NotebookOptions

  @Option(
    help: ArgumentHelp("Where to write it, for a single file; - is standard output.", valueName: "FILE"),
    completion: .file())
  var output: String?

  func validate() throws {
    guard output == nil || options.files.count == 1 else { throw ValidationError("--output goes with a single file") }
  }

  func run() throws {
    try options.runEach { file, run in
      if file.report(run.failures) { return true }
      let text = try JupyterNotebook.text(run, svg: NotebookFolder.svg, content: file.folder.content)
      let path = output ?? (file.path as NSString).deletingPathExtension + ".ipynb"
      try OutputFile.write(text, to: path)
      if path != "-" { try Output.write("wrote \(path)\n") }
      return false
    }
  }
}
