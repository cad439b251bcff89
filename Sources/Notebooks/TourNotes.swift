import Debugging
import Documents
public import Recording
public import Reporting
public import Simulation

extension SpeakerNotes {
  /// What the tour of a source says at each place where a scene of it stops.
  ///
  /// Scenes speak of numbers: one that looks at another recording, since an option was changed in the tour or in the source,
  /// says nothing of this one.
  public init(touring source: Source, recorded trace: Trace) {
    self.init()
    guard let tour = BuiltInPage.tours.first(where: { $0.name == source.name }),
      let notebook = try? tour.notebook()
    else { return }
    var session = Session(source: source)
    for scene in notebook.sections where scene.title != nil {
      for case .cell(let cell) in scene.parts where cell.language == .gradus {
        for command in cell.commands where !command.trimmingBlanks.isEmpty { _ = session.run(command) }
      }
      guard Comparison(trace, session.trace).changes.isEmpty else { continue }
      switch session.position {
      case .opening: world += scene.paragraphs
      case .overview(let stage): stages[stage, default: []] += scene.paragraphs
      case .beat(let beat): stages[trace.beats[beat].stage, default: []] += scene.paragraphs
      }
    }
  }
}

extension Notebook.Section {
  /// Its heading and its prose, without pictures.
  fileprivate var paragraphs: [String] {
    let lines = parts.flatMap { part in if case .prose(let prose) = part { prose.lines } else { [String]() } }
    let text = TerminalProse.text(lines.filter { !$0.hasPrefix("![") }, width: .max).plain
    return text.split(separator: "\n").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
  }
}
