public import Objectives

/// All that decides a run: the trainer, its settings and its files.
public struct RunConfiguration: Equatable, Sendable {
  public var settings: TrainingSettings
  private var paths: [RunPath: String] = [:]

  public init(_ settings: TrainingSettings) { self.settings = settings }

  public init(_ trainer: Trainer) { self.init(TrainingSettings(trainer)) }

  public var trainer: Trainer { settings.trainer }

  /// A path, or nil where what is built in takes its place.
  public subscript(path: RunPath) -> String? {
    get { paths[path] }
    set { paths[path] = newValue }
  }

  /// Applies what the user gave as `--set NAME=VALUE`, in order; a path can be set so too.
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
      self[path] = ["", "none", "null"].contains(text) ? nil : text
    } else {
      try settings.set(name: name, to: text)
    }
  }
}
