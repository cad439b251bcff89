import ArgumentParser
import Documents
import Foundation
import Quiz
import Simulation

/// `gradus grade`: which term of somebody's own loss is the first wrong one, and why.
struct GradeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grade",
    abstract: "Compare somebody's own loss with the right one, term by term, and name the likely mistake.",
    usage: """
      gradus grade FILE --exercise name [--student name] [--json]
      gradus grade --exercise name --starter | --key
      gradus grade --list
      """,
    discussion: """
      FILE is Python with a function of the exercise's name, as --starter prints one to begin with. It is run on a few \
      batches, and what it returns is compared in the order of the computation: the answer is the first wrong term and \
      the likely cause, never the right number. A function may return the last term alone, or any of those before it.

      Arrays are PyTorch's if the file imports torch, numpy's if it imports numpy, and otherwise lists. Single precision \
      is near enough.

      FILE may also be a batch (.json) that a program wrote with what it computed: its logged loss, advantage, return \
      and kl are compared.

      The function runs in a process of its own with limits of time, memory, output and processes. They keep accidents \
      in; code that means harm needs a container.

      The exit code is 0 if all is right, 1 if a term is wrong, and 65 if the file cannot be run.

      Example:  gradus grade --exercise grpo --starter > my_loss.py
      Example:  gradus grade my_loss.py --exercise grpo
      Example:  gradus grade my_loss.py --exercise grpo --student alice --json
      Example:  gradus grade --exercise grpo --student alice --seed 2026 --key
      """)

  @Argument(
    help: ArgumentHelp("Python with the function, or a batch that a program wrote.", valueName: "FILE"),
    completion: .file(extensions: ["py", "json"]))
  var file: String?

  @Option(
    help: ArgumentHelp("What the function computes; --list has the names.", valueName: "name"),
    completion: .list(Exercise.all.map { $0.name }))
  var exercise: String?

  @Option(help: ArgumentHelp("Who wrote it: each name gets batches of its own.", valueName: "name"))
  var student = ""

  @Option(help: ArgumentHelp("A number of the teacher's, which changes everybody's batches.", valueName: "number"))
  var seed: UInt64 = 0

  @Flag(help: "List the exercises.")
  var list = false

  @Flag(help: "Print a file to begin with: the function's signature, and what it gets and returns.")
  var starter = false

  @Flag(help: "Print the answer key, for teachers: each term's formula, and its values in the student's batches.")
  var key = false

  @Flag(help: "Print JSON, for autograders.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "The Python to run it with (default: GRADUS_PYTHON, or python3).", valueName: "program"),
    completion: .file())
  var python: String?

  @Option(help: ArgumentHelp("How long the function may take for all batches.", valueName: "number"))
  var seconds = 30.0

  @Option(help: ArgumentHelp("How much address space it may use (Linux).", valueName: "number"))
  var megabytes = 4096

  func validate() throws {
    let modes = [list, starter, key].count { $0 }
    if modes > 1 { throw ValidationError("--list, --starter and --key are three things: name one") }
    if modes == 1, file != nil { throw ValidationError("--list, --starter and --key go with no file") }
    if modes == 0, file == nil {
      throw ValidationError("name a file to grade; `gradus grade --list` shows the exercises")
    }
    if !list, exercise == nil { throw ValidationError("name the exercise with --exercise; --list shows them") }
    if !(0.1...86_400).contains(seconds) { throw ValidationError("--seconds must be from 0.1 to 86400") }
    if !(64...1_048_576).contains(megabytes) { throw ValidationError("--megabytes must be from 64 to 1048576") }
  }

  func run() throws {
    if list { return try Output.write(Self.listText) }
    let exercise = try found()
    if starter { return try Output.write(exercise.starter) }
    let sheet = ExerciseSheet(exercise, seed: seed, student: student)
    if key { return try Output.write(sheet.answerKey) }
    guard let file else { return }
    if file.lowercased().hasSuffix(".json") { return try gradeBatch(file, exercise) }
    try gradeFunction(file, sheet)
  }

  private static var listText: String {
    let width = Exercise.all.map { $0.name.count }.max() ?? 0
    return Exercise.all.map { exercise in
      "  " + NumberText.alignedLeft(exercise.name, to: width + 2)
        + wrap(exercise.title, indent: width + 4, from: width + 4)
        + "\n"
    }.joined()
  }

  private func found() throws -> Exercise {
    let name = exercise ?? ""
    if let exercise = Exercise.named(name) { return exercise }
    let near = nearestNames(to: name, among: Exercise.all.map { $0.name })
    let hint = near.isEmpty ? "`gradus grade --list` shows them" : "did you mean \(near.joined(separator: ", "))?"
    throw CommandError(.usage, "there is no exercise '\(name)'; \(hint)")
  }

  // MARK: A batch

  private func gradeBatch(_ file: String, _ exercise: Exercise) throws {
    let source = try Source(named: file)
    guard case .batch(let batch, _) = source else {
      throw CommandError(.badData, "\(file): is a scenario; a batch that a program wrote can be graded, or its Python")
    }
    let (assessment, problem) = exercise.assessment(of: batch)
    if let problem { throw CommandError(.badData, "\(file): the batch \(problem)") }
    if let assessment { try tell(assessment, printed: "") }
  }

  // MARK: A function

  private func gradeFunction(_ file: String, _ sheet: ExerciseSheet) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
      throw CommandError(
        .missingInput,
        "there is no file '\(file)'; `gradus grade --exercise \(sheet.exercise.name) --starter > \(file)` makes one")
    }
    let named = ProcessInfo.processInfo.environment["GRADUS_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
    let function = PythonFunction(
      file: file, python: python ?? named ?? "python3", seconds: seconds, megabytes: megabytes)
    let outcome = try function.run(sheet)
    if let trouble = outcome.trouble { return try tell(trouble, of: file, sheet.exercise, printed: outcome.printed) }
    let assessment: Assessment
    do throws(DocumentError) {
      assessment = try sheet.assessment(of: outcome.results)
    } catch {
      throw CommandError(.badData, "\(file): what the function returned cannot be read: \(error.message)")
    }
    try tell(assessment, printed: outcome.printed)
  }

  private func tell(_ assessment: Assessment, printed: String) throws {
    if json {
      var writer = JSONWriter(indented: true)
      writer.beginObject()
      assessment.write(to: &writer)
      writer.member("printed", printed)
      writer.endObject()
      try Output.write(writer.text + "\n")
    } else {
      try Output.write(Self.shown(printed) + assessment.text.onTerminal)
    }
    if !assessment.isRight { throw ExitCode(1) }
  }

  private func tell(_ trouble: PythonFunction.Trouble, of file: String, _ exercise: Exercise, printed: String) throws {
    if !json {
      try Output.write(Self.shown(printed))
      throw CommandError(.badData, at: "\(file):\(trouble.line.map { "\($0):" } ?? "") \(trouble.message)")
    }
    var writer = JSONWriter(indented: true)
    writer.beginObject()
    writer.member("exercise", exercise.name)
    writer.member("passed", false)
    writer.key("error")
    writer.beginObject()
    writer.member("kind", trouble.kind)
    writer.member("message", trouble.message)
    writer.member("line", trouble.line)
    writer.endObject()
    writer.member("printed", printed)
    writer.endObject()
    try Output.write(writer.text + "\n")
    throw ExitCode(CommandError.Kind.badData.rawValue)
  }

  /// The first lines of what the function printed, so that it can be looked into.
  private static func shown(_ printed: String) -> String {
    let lines = printed.split(whereSeparator: \.isNewline).map { String($0.prefix(200)).visible }
    if lines.isEmpty { return "" }
    let rest = lines.count > 8 ? "  | …\n" : ""
    return "It printed:\n" + lines.prefix(8).map { "  | \($0)\n" }.joined() + rest + "\n"
  }
}
