import Recording

/// A stage as the document shows it: all its occurrences, one after the other.
struct StageSection {
  let title: String
  let name: String
  var runs: [Trace.StageRun]
}

/// The stages before the first iteration, or those of the iteration that is shown.
struct StagePart {
  let title: String
  let isIteration: Bool
  var sections: [StageSection] = []
}

extension MarkdownTrace {
  /// What is shown in full: everything before the first iteration, and one iteration with one of its minibatches.
  var stageParts: [StagePart] {
    var before = StagePart(title: "Before the first iteration", isIteration: false)
    var first = StagePart(title: "Iteration \(shownIteration)", isIteration: true)
    var titles: [String] = []
    for run in trace.stages where stages?.contains(run.name) ?? true {
      if run.loops.iteration == nil {
        append(run, to: &before.sections, &titles, again: "start")
      } else if run.loops.iteration == shownIteration, run.loops.minibatch == nil || run.loops == shown {
        append(run, to: &first.sections, &titles, again: "again")
      }
    }
    return [before, first].filter { !$0.sections.isEmpty }
  }

  /// Titles are links' targets, so that none may come twice; `sync` happens before the first iteration and in it.
  private func append(
    _ run: Trace.StageRun, to sections: inout [StageSection], _ titles: inout [String], again: String
  ) {
    if let last = sections.last, last.name == run.name {
      sections[sections.count - 1].runs.append(run)
      return
    }
    let isTaken = titles.contains(run.name) || run.loops.iteration == nil && run.name == "sync"
    let title = isTaken ? "\(run.name) (\(again))" : run.name
    titles.append(title)
    sections.append(StageSection(title: title, name: run.name, runs: [run]))
  }

  /// The numbers of the iterations that were recorded whole.
  var iterations: [Int] {
    var numbers: [Int] = []
    for stage in trace.stages {
      if let iteration = stage.loops.iteration, stage.name == "rollout", !numbers.contains(iteration) {
        numbers.append(iteration)
      }
    }
    return numbers
  }
}
