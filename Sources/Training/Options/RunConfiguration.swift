public import Objectives

/// Everything that decides a run: the trainer, its settings and its files.
public struct RunConfiguration: Equatable, Sendable {
  public var settings: TrainingSettings
  private var paths: [RunPath: [String]] = [:]

  public init(_ settings: TrainingSettings) { self.settings = settings }

  public init(_ trainer: Trainer) { self.init(TrainingSettings(trainer)) }

  public var trainer: Trainer { settings.trainer }

  /// A path, the first where there are several, or nil for the built-in default.
  public subscript(path: RunPath) -> String? {
    get { paths[path]?.first }
    set { paths[path] = newValue.map { [$0] } }
  }

  /// All paths of the name: data may lie in several files and folders.
  public subscript(all path: RunPath) -> [String] {
    get { paths[path] ?? [] }
    set { paths[path] = newValue.isEmpty ? nil : newValue }
  }

  /// The paths of the name for people to read; nil for the built-in default.
  public func text(of path: RunPath) -> String? { paths[path]?.joined(separator: ", ") }

  /// Applies the user's `--set NAME=VALUE`, in order; paths can be set in this way, too.
  public mutating func apply(_ assignments: [String]) throws(TrainingError) {
    for assignment in assignments {
      guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
        throw TrainingError(.usage, "--set \(assignment): write it as NAME=VALUE")
      }
      let (name, text) = (String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]))
      do throws(OptionError) {
        try set(name: name, to: text)
      } catch {
        throw TrainingError(.usage, "--set \(assignment): \(error.message)")
      }
    }
  }

  /// Sets a path or an option from what a user typed.
  public mutating func set(name: String, to text: String) throws(OptionError) {
    if let path = RunPath(rawValue: name), RunPath.all(for: trainer).contains(path) {
      self[all: path] = ["", "none", "null"].contains(text) ? [] : path.isList ? RunPath.list(text) : [text]
    } else {
      try settings.set(name: name, to: text)
    }
  }
}
