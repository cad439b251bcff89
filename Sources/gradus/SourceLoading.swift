import Debugging
import Documents
import Formats
import Foundation
import Objectives
import Recording
import Reporting
import Simulation

/// A source, found by the name that a user gave.
struct NamedSource {
  let source: Source
  /// What the file says; nil for a built-in scenario.
  let document: Document?

  /// Looks for a built-in scenario's name first, then for a file.
  ///
  /// - Parameter folder: Where relative paths begin; nil stands for the current folder.
  init(_ name: String, in folder: URL? = nil) throws {
    if let scenario = Scenario.builtIn.first(where: { $0.name == name }) {
      (source, document) = (.scenario(scenario), nil)
    } else {
      let (found, document) = try Self.read(file: name, in: folder)
      (source, self.document) = (found, document)
    }
  }

  private static func read(file path: String, in folder: URL?) throws -> (Source, Document) {
    let bytes = try read(path, in: folder)
    do throws(DocumentError) {
      if path.lowercased().hasSuffix(".jsonl") { return try readDump(bytes, path) }
      let document = try self.document(bytes, isJSON: path.lowercased().hasSuffix(".json"))
      let source = try Source(document, name: stem(of: path))
      if case .scenario(let scenario) = source { warnOfEndlessDemonstrations(scenario, path) }
      return (source, document)
    } catch {
      throw CommandError(error, in: path)
    }
  }

  private static func warnOfEndlessDemonstrations(_ scenario: Scenario, _ path: String) {
    guard case .language(let world) = scenario.surroundings, let first = world.endlessDemonstrations.first else {
      return
    }
    let eos = world.vocabulary[world.eos]
    let others = world.endlessDemonstrations.count - 1
    let more = others == 0 ? "" : others == 1 ? ", nor does another" : ", nor do \(others) others"
    Output.complain(
      "\(path): demonstration \(first + 1), '\(world.text(world.demonstrations[first].response))', does not end in \(eos)"
        + "\(more): the reference learns to go on writing there. Add \(eos) unless that is meant.")
  }

  /// Reads samples that another trainer wrote, and says what is missing in them.
  private static func readDump(_ bytes: [UInt8], _ path: String) throws(DocumentError) -> (Source, Document) {
    let dump = try RolloutDump(bytes)
    let has = dump.batch.algorithm.credit == .group ? "rewards and advantages" : "the pairs' scores"
    Output.complain(
      "\(path): \(dump.writer.rawValue) wrote texts and numbers, no tokens and no log-probabilities. Here are \(has); how "
        + "to record the rest is in Documentation/other-trainers.md")
    return (.batch(dump.batch, name: stem(of: path)), try JSONReader.read(dump.batch.json))
  }

  private static func read(_ path: String, in folder: URL?) throws -> [UInt8] {
    let file = path.hasPrefix("/") ? URL(filePath: path) : folder?.appending(path: path) ?? URL(filePath: path)
    var isFolder: ObjCBool = false
    guard !path.isEmpty, FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
      throw missing(path)
    }
    if isFolder.boolValue {
      throw CommandError(.missingInput, "\(path): is a folder; name a scenario or batch file in it")
    }
    guard ["yaml", "yml", "json", "jsonl"].contains(file.pathExtension.lowercased()) else {
      throw CommandError(.badData, "\(path): the name of a scenario or batch file ends in .yaml, .yml, .json or .jsonl")
    }
    do {
      return [UInt8](try Data(contentsOf: file))
    } catch {
      throw CommandError(.missingInput, "\(path): cannot be read: \(SystemError.latest.reason)")
    }
  }

  private static func missing(_ name: String) -> CommandError {
    let near = nearestNames(to: stem(of: name), among: Scenario.builtIn.map { $0.name })
    let hint =
      near.isEmpty
      ? "`gradus scenarios` lists the built-in ones" : "did you mean the scenario \(near.joined(separator: ", "))?"
    return CommandError(.missingInput, "there is no built-in scenario and no file '\(name)'; \(hint)")
  }

  private static func document(_ bytes: [UInt8], isJSON: Bool) throws(DocumentError) -> Document {
    if bytes.allSatisfy({ " \t\r\n".utf8.contains($0) }) {
      throw DocumentError(
        line: 1, column: 1, message: "the file is empty; `gradus scenarios ppo` prints a scenario to start from")
    }
    return isJSON ? try JSONReader.read(bytes) : try YAMLReader.read(bytes)
  }

  /// `runs/mine.batch.json` is called `mine`.
  private static func stem(of path: String) -> String {
    let stem = URL(filePath: path).deletingPathExtension()
    return stem.pathExtension == "batch" ? stem.deletingPathExtension().lastPathComponent : stem.lastPathComponent
  }
}

extension Source {
  /// The source that a user names.
  init(named name: String, in folder: URL? = nil) throws { self = try NamedSource(name, in: folder).source }
}

extension Session {
  /// The debugger's `open`: like the command line, with files relative to a folder.
  static func opening(_ name: String, in folder: URL?) throws(ExpressionError) -> Source {
    do {
      return try Source(named: name, in: folder)
    } catch let error as CommandError {
      throw ExpressionError(error.message)
    } catch {
      throw ExpressionError("\(name) cannot be opened: \(error.localizedDescription)")
    }
  }
}

// MARK: - Recording

extension Source {
  /// Runs the source and records all of it, with a line on the terminal if that takes its time.
  func recorded() -> Trace { Activity.during("recording \(name)") { _ in record() } }
}

// MARK: - Changing

extension Source {
  /// Applies a preset; describes each change and where in the implementation it comes from.
  mutating func describeAndApply(_ preset: Preset) throws -> String {
    let before = settings
    let changes: [Preset.Change]
    do throws(OptionError) {
      changes = try apply(preset)
    } catch {
      throw CommandError(.usage, error.message)
    }
    let rows = changes.map { change in
      (change.option.name, "\(before[change.option].text) → \(change.value.text)", change.source)
    }
    let nameWidth = rows.map { NumberText.width($0.0) }.max() ?? 0
    let changeWidth = rows.map { NumberText.width($0.1) }.max() ?? 0
    let lines = rows.map { name, change, source in
      "  \(NumberText.alignedLeft(name, to: nameWidth))  \(NumberText.alignedLeft(change, to: changeWidth))  \(source)"
    }
    let heading = "preset \(preset.rawValue): \(preset.title(for: algorithm) ?? "")"
    return ([heading] + (lines.isEmpty ? ["  changes nothing"] : lines)).joined(separator: "\n")
  }

  /// Sets the options that a user gave.
  mutating func change(_ assignments: [Assignment]) throws {
    do throws(OptionError) {
      try set(assignments.map { (name: $0.name, text: $0.value) })
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
