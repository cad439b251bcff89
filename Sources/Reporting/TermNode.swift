import Autodiff
import Documents
import Objectives
public import Plots
public import Recording
import Simulation

/// A term as a node of a diagram: its name, its value and its mark.
struct TermNode {
  /// How prominent a node is.
  enum Weight: String { case ghost, pending, normal, root }

  let trace: Trace
  let term: Int
  var weight = Weight.normal
  /// What distinguishes this node from others that show the same term.
  var suffix = ""
  /// What is written below the value.
  var remarks: [String] = []
  /// Whether the value stands beside the name, and both are larger, as a slide has it.
  var isWide = false

  var id: String { trace.text(term) + suffix }

  func add(to graph: inout DOTGraph, group: String? = nil) {
    var attributes: DOTGraph.Attributes = [
      ("id", "\(id)"), ("label", label), ("tooltip", "\(tooltip)"), ("fillcolor", "\(fill)"), ("color", "\(border)"),
    ]
    if weight == .ghost { attributes.append(("style", "rounded,filled,dashed")) }
    if weight == .root || weight == .normal && mark == .clipped { attributes.append(("penwidth", "2")) }
    if let group { attributes.append(("group", "\(group)")) }
    graph.node(id, attributes)
  }

  /// For a place that has room for so much.
  var shortName: String { DOTEscape.shortened(trace.text(term), limit: 30) }

  /// Name, value, remarks, one line each.
  private var label: DOTValue {
    let color = mark?.color ?? (weight == .ghost ? Ink.muted : Ink.text)
    if isWide {
      let value = DOTLine(value, size: 14, color: color, bold: weight != .ghost)
      return .row([DOTLine(trace.text(term), size: 13, color: Ink.muted), value])
    }
    var lines = Caption.nameLines(trace.text(term)).map { DOTLine($0, size: 11, color: Ink.muted) }
    lines.append(DOTLine(value, size: 14, color: color, bold: weight != .ghost))
    lines += remarks.map { DOTLine($0, size: 10, color: Ink.muted) }
    return .lines(lines)
  }

  var value: String {
    // A position says nothing of what comes after it.
    if weight == .pending { return "·" }
    let text = trace.labelText(term)
    return mark.map { text + " " + $0.symbol } ?? text
  }

  var mark: Mark? { weight == .pending ? nil : trace.mark(of: term) }

  private var fill: String {
    switch weight {
    case .ghost: Ink.ghost
    case .pending: Ink.paper
    case .normal, .root: mark?.fill ?? Ink.paper
    }
  }

  private var border: String {
    switch weight {
    case .ghost, .pending: Ink.faint
    case .normal: mark?.color ?? Ink.line
    case .root: Ink.text
    }
  }

  private var tooltip: String {
    trace.text(term) + ": " + trace.glossary.entries[trace.terms[term].key.name].meaning
  }
}

extension Trace {
  /// A term's value for a label: a number to four digits, or the token that it stands for.
  func labelText(_ term: Int) -> String {
    let name = terms[term].key.name
    if let word = glossary.valueText(of: name, value(term)) { return DOTEscape.token(word) }
    return NumberText.short(value(term))
  }

  /// What is to be said of a term at sight.
  public func mark(of term: Int) -> Mark? {
    if terms[term].computedNode != nil { return .changed }
    switch quantity(of: term) {
    case .advantage, .rawAdvantage: return pushes(term) ? value(term) > 0 ? .positive : .negative : nil
    case .policyLogit, .criticValue: return .trained
    case .referenceLogit, .rewardWeight: return .frozen
    case .logRatio, .clippedLogRatio, .clippedRatio, .objective, .sequenceObjective, .clippedValue,
      .valueObjective:
      return isCut(term) ? .clipped : nil
    default: return nil
    }
  }

  /// Whether an advantage is to make anything more or less likely.
  private func pushes(_ advantage: Int) -> Bool {
    let (key, beat) = (terms[advantage].key, terms[advantage].beat)
    // A slot behind a response holds no token.
    let isOfNothing = key.j >= 0 && Narrator(trace: self, beat: beat).isSlot(key.i, key.j)
    let isNothing = value(advantage) == 0 || value(advantage).isNaN || isRoundingNoise(advantage)
    return !isNothing && !isPassedOver(advantage) && !isOfNothing
  }

  /// Whether a choice stops the gradient between a term and the first term in its formula, which is the one before
  /// clipping, and none passes around it: the clipped one may still depend on the same number. What is not clipped may be
  /// held by another choice in the same beat, as delta holds a ratio.
  private func isCut(_ term: Int) -> Bool {
    guard let first = edges(of: term).first else { return false }
    if let cut = first.cut {
      return cut.operation != .stopGradient && tape.derivative(of: scalar(term), by: scalar(origin(of: first.to))) == 0
    }
    return first.derivative != 0 && terms[first.to].beat == terms[term].beat
      && tape.derivative(of: scalar(term), by: scalar(origin(of: first.to))) == 0 && isCut(first.to)
  }

  /// What a term is made of in the end, as far as that is about the same token: the log-probability of an objective.
  private func origin(of term: Int) -> Int {
    let key = terms[term].key
    guard let first = inputs(of: term).first, case let next = terms[first].key, next.i == key.i, next.j == key.j,
      glossary.entries[next.name].axes == glossary.entries[key.name].axes
    else {
      return term
    }
    return origin(of: first)
  }
}
