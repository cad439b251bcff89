import Documents
import Objectives
import Plots
import Reporting
import Simulation

/// Several sources that learn in one world.
struct ComparedSources {
  let names: [String]
  let changes: ChangeOptions
  let plot: String?
  let isBrief: Bool

  func compare(as format: CompareCommand.Format) throws {
    guard plot == nil || plot.flatMap({ PlotFormat(fileName: $0) }) != nil else {
      throw CommandError(
        .usage, "\(plot ?? ""): the name does not say which format; end it in .svg, .png, .pdf or .txt")
    }
    let comparison = try compared()
    let drawing = WorldPlot(comparison).plot
    if let plot, let format = PlotFormat(fileName: plot) { try OutputFile.write(format.draw(drawing), to: plot) }
    let report = WorldReport(comparison, isBrief: isBrief)
    switch format {
    case .text: try Output.write(report.text.onTerminal)
    case .markdown:
      try Output.write(
        report.markdown(plot: plot.map { "![\(drawing.title)](\($0))" } ?? "```text\n\(drawing.text())```"))
    case .json: try Output.write(report.json + "\n")
    }
  }

  private func compared() throws -> WorldComparison {
    let scenarios = try scenarios()
    do throws(SharedWorldError) {
      let shared = try SharedWorld(scenarios)
      let members = try changed(shared.members)
      let world = try shared.with(members)
      return try Activity.during("training \(members.count) policies") { _ throws(SharedWorldError) in
        try WorldComparison(world)
      }
    } catch {
      throw CommandError(.usage, error.message)
    }
  }

  private func scenarios() throws -> [Scenario] {
    var scenarios: [Scenario] = []
    for name in names {
      guard case .scenario(let scenario) = try Source(named: name) else {
        throw CommandError(.usage, "\(name) is a batch: it has no world in which others could learn; compare scenarios")
      }
      guard !scenarios.contains(where: { $0.name == scenario.name }) else {
        throw CommandError(
          .usage, "\(scenario.name) is there twice; to compare it with itself, set an option to several values")
      }
      scenarios.append(scenario)
    }
    return scenarios
  }
}

// MARK: - Options

extension ComparedSources {
  /// Every member with the options that it has; where one is set to several values, one member for each.
  private func changed(_ members: [SharedWorld.Member]) throws(SharedWorldError) -> [SharedWorld.Member] {
    try refuseUnknown(members)
    var taken: [SharedWorld.Member] = []
    for member in try presets(members) {
      let own = changes.assignments.filter { refusal(of: $0, by: member) == nil }
      for variant in own.variants {
        var source = Source.scenario(member.scenario)
        do throws(OptionError) {
          try source.set(variant.map { (name: $0.name, text: $0.value) })
        } catch {
          throw SharedWorldError("\(member.label): \(error.message)")
        }
        guard case .scenario(let scenario) = source else { continue }
        let values = own.repeatedNames.compactMap { name in variant.first { $0.name == name }?.value }
        let label = values.isEmpty ? member.label : "\(member.label) (\(values.joined(separator: ", ")))"
        taken.append(.init(label, scenario))
      }
    }
    guard (2...12).contains(taken.count) else {
      throw SharedWorldError("these are \(taken.count) policies; compare 12 at most at a time")
    }
    return taken
  }

  /// Says which members an option does not apply to; an error if there is none that it applies to.
  private func refuseUnknown(_ members: [SharedWorld.Member]) throws(SharedWorldError) {
    var said: Set<String> = []
    for assignment in changes.assignments {
      let refusals = members.compactMap { member in refusal(of: assignment, by: member).map { (member, $0) } }
      if refusals.count == members.count, let first = refusals.first { throw SharedWorldError(first.1) }
      let absent = refusals.filter { Option.named(assignment.name, for: $0.0.scenario.algorithm) == nil }
        .map { $0.0.label }
      var lines = refusals.filter { !absent.contains($0.0.label) }.map { "\($0.0.label) stays as it is: \($0.1)" }
      if !absent.isEmpty {
        lines.insert("\(absent.listed) \(absent.count == 1 ? "has" : "have") no option \(assignment.name)", at: 0)
      }
      for line in lines where said.insert(line).inserted { Output.complain(line) }
    }
  }

  /// Why a member does not take an option; nil if it does.
  private func refusal(of assignment: Assignment, by member: SharedWorld.Member) -> String? {
    guard assignment.name != "seed" else { return nil }
    var settings = member.scenario.settings
    do throws(OptionError) {
      try settings.set(assignment.name, to: assignment.value, for: member.scenario.algorithm)
      return nil
    } catch {
      return error.message
    }
  }

  /// The preset in place wherever it means something.
  private func presets(_ members: [SharedWorld.Member]) throws(SharedWorldError) -> [SharedWorld.Member] {
    guard let preset = changes.preset else { return members }
    var isTaken = false
    var changed = members
    var refusal = ""
    for n in members.indices {
      var source = Source.scenario(members[n].scenario)
      do throws(OptionError) {
        _ = try source.apply(preset)
        if case .scenario(let scenario) = source { changed[n].scenario = scenario }
        isTaken = true
      } catch {
        refusal = error.message
      }
    }
    guard isTaken else { throw SharedWorldError(refusal) }
    return changed
  }
}
