import Recording
import Reporting
import Simulation

/// A diagram beside the Markdown document.
struct DocumentDiagram {
  let name: String
  /// The stage that it shows; nil for one that shows the whole run.
  let stage: String?
  /// The beat as of which its numbers are.
  let beat: Int

  /// `stage-policy.svg`.
  var file: String { name.split(separator: ":").joined(separator: "-") + ".svg" }

  /// Every diagram that has a name, once.
  ///
  /// The numbers are those of the iteration that the document shows in full.
  static func all(of trace: Trace) -> [DocumentDiagram] {
    let shown = MarkdownTrace.shownIteration(of: trace)
    let isEarly = { (stage: Trace.StageRun) in (stage.loops.iteration ?? shown) == shown }
    let end = trace.stages.last(where: isEarly).map { $0.beats.upperBound - 1 } ?? 0
    let example = DocumentExample(trace)
    return Diagrams.names(for: trace).map { name in
      let stageName = name.split(separator: ":").last.map { String($0) } ?? name
      let runs = trace.stages.filter { $0.name == stageName }
      let run = runs.last(where: isEarly) ?? runs.first
      // `policy` is the diagram of the whole policy; the stage of that name is `stage:policy`.
      guard let run, name == "stage:\(stageName)" || stageName != "policy" else {
        return DocumentDiagram(name: name, stage: nil, beat: end)
      }
      let beat = example.beat(in: run)
      let isTelling = Diagrams.shows(stageName, in: trace, at: beat)
      return DocumentDiagram(
        name: name, stage: stageName, beat: isTelling ? beat : Diagrams.telling(stageName, in: trace) ?? beat)
    }
  }

  /// Its caption: what it shows and as of when.
  func title(in trace: Trace) -> String {
    let loops = trace.stage(ofBeat: beat).loops.text
    return loops.isEmpty ? stage ?? name : "\(stage ?? name), \(loops)"
  }
}
