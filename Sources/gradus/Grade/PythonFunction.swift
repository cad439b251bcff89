import CEmbedded
import Documents
import Foundation
import Quiz

/// Somebody's function, run in Python on the batches of an exercise: `integrations/grade/run.py` sets the limits.
struct PythonFunction {
  let file: String
  let python: String
  let seconds: Double
  let megabytes: Int

  /// What it returned for each batch, or why nothing did; and what was printed meanwhile.
  struct Outcome {
    var results: [Document] = []
    var trouble: Trouble?
    var printed = ""
  }

  /// Why there is no result.
  struct Trouble {
    let kind: String
    let message: String
    let line: Int?
  }

  func run(_ sheet: ExerciseSheet) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-grade-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let script = UnsafeBufferPointer(start: gradus_grade.bytes, count: gradus_grade.count)
      try Data(script).write(to: folder.appending(path: "run.py"))
      try Data(request(sheet).utf8).write(to: folder.appending(path: "request.json"))
    } catch {
      throw CommandError(.writeFailed, "\(folder.path): the batches cannot be written there for Python")
    }
    return try outcome(of: try answer(in: folder))
  }

  private func request(_ sheet: ExerciseSheet) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("file", URL(filePath: file).standardizedFileURL.path)
    json.member("function", sheet.exercise.name)
    json.member("asked", sheet.exercise.asked)
    json.member("terms", strings: sheet.exercise.terms.map { $0.name })
    json.member("seconds", number: seconds)
    json.member("megabytes", megabytes)
    json.key("batches")
    sheet.write(to: &json)
    json.endObject()
    return json.text
  }

  private func answer(in folder: URL) throws -> Data {
    let process = Process()
    process.executableURL = try executable()
    process.arguments = ["-B", folder.appending(path: "run.py").path, folder.appending(path: "request.json").path]
    // A function of a few numbers has nothing to share among threads, each of which would ask for memory.
    process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1"]) { own, _ in own }
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw missingPython("cannot be run: name a Python 3")
    }
    // The script ends the function in time; this is for a script that does not come so far.
    let guardian = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds + 20, execute: guardian)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guardian.cancel()
    return data
  }

  private func outcome(of answer: Data) throws -> Outcome {
    do throws(DocumentError) {
      var outcome = Outcome()
      let fields = try JSONReader.read([UInt8](answer)).object("the answer")
      outcome.printed = try fields.required("printed").string("printed")
      if let error = fields.optional("error") {
        let error = try error.object("error")
        let line = try error.required("line")
        outcome.trouble = Trouble(
          kind: try error.required("kind").string(), message: try error.required("message").string(),
          line: line.isNull ? nil : try line.integer())
      } else {
        outcome.results = try fields.required("results").list("results")
      }
      return outcome
    } catch {
      throw missingPython("does not run: is it Python 3.9 or newer? Name another one")
    }
  }

  private func executable() throws -> URL {
    if python.contains("/") { return URL(filePath: python) }
    guard let path = ProgramPath.all(of: python).first else {
      throw missingPython("is not in PATH: name a Python 3")
    }
    return URL(filePath: path)
  }

  private func missingPython(_ reason: String) -> CommandError {
    CommandError(.missingInput, "\(python) \(reason) with --python or GRADUS_PYTHON")
  }
}
