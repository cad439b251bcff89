import Documents
import Formulas
import Objectives
import Recording
import Simulation

/// A run through a stage that recorded what a plot shows.
struct PlotStep {
  let run: Trace.StageRun
  /// The terms of one quantity, in order.
  var terms: [Int]

  /// The last beat of the run.
  var beat: Int { run.beats.upperBound - 1 }
}

extension Trace {
  /// The runs of stages in which a quantity was recorded.
  func steps(recording quantity: Quantity) -> [PlotStep] {
    var steps: [PlotStep] = []
    var stage = -1
    for term in terms.indices where terms[term].key.name == quantity.rawValue {
      let own = beats[terms[term].beat].stage
      if own != stage { steps.append(PlotStep(run: stages[own], terms: [])) }
      stage = own
      steps[steps.count - 1].terms.append(term)
    }
    return steps
  }

  func records(_ quantity: Quantity) -> Bool { terms.contains { $0.key.name == quantity.rawValue } }

  /// `iteration 0, epoch 1, minibatch 0`, as far as a position is in these loops.
  func place(_ loops: LoopPosition) -> String {
    let names = [("iteration", loops.iteration), ("epoch", loops.epoch), ("minibatch", loops.minibatch)]
    let parts = names.compactMap { name, number in number.map { "\(name) \($0)" } }
    return parts.isEmpty ? "before the first iteration" : parts.joined(separator: ", ")
  }

  /// The formulas of terms, and of those of their inputs, direct and indirect, that belong to some quantities.
  func formulas(of terms: [Int], down quantities: [Quantity]) -> [Plot.Formula] {
    var found: [Plot.Formula] = []
    var open = terms
    var seen: Set<Int> = []
    while !open.isEmpty {
      let term = open.removeFirst()
      guard seen.insert(self.terms[term].key.name).inserted else { continue }
      if let stated = statedFormula(of: term) {
        let formula = Plot.Formula(
          text: stated.text(as: .unicode, in: glossary), latex: stated.text(as: .latex, in: glossary))
        if !found.contains(formula) { found.append(formula) }
      }
      open += inputs(of: term).filter { input in quantities.contains { $0.rawValue == self.terms[input].key.name } }
    }
    return found
  }
}

extension Trace {
  /// The loss that a term is part of, with its gradient: the next one of the same minibatch.
  func differentiation(after term: Int) -> Differentiation? {
    let loops = stage(ofBeat: terms[term].beat).loops
    return differentiations.first { next in
      next.term > term && stage(ofBeat: terms[next.term].beat).loops == loops
    }
  }
}

extension PlotSubject {
  /// The first index of a quantity that the plot is to be about, or else of one in the position's beat: which response or group
  /// it is; nil where there is none.
  func index(of quantity: Quantity) -> Int? {
    if let asked = about.first(where: { $0.name == quantity.rawValue }) { return asked.i }
    guard let beat, trace.beats.indices.contains(beat) else { return nil }
    return trace.beats[beat].terms.first { trace.quantity(of: $0) == quantity }.map { trace.terms[$0].key.i }
  }

  /// The formulas of terms and of their inputs, if they are asked for.
  func formulas(of terms: [Int], down quantities: [Quantity]) -> [Plot.Formula] {
    hasFormulas ? trace.formulas(of: terms, down: quantities) : []
  }

  /// The step that is shown, and how its subtitle says which: the latest one at the position if it shows something, else
  /// the next one that does, or the one before; without a position the one that shows most.
  ///
  /// - Parameter measure: How much a step shows; 0 for nothing, and what is not finite for what cannot be drawn.
  func choose(_ steps: [PlotStep], by measure: (PlotStep) -> Double) -> (step: PlotStep, place: String)? {
    func amount(_ step: PlotStep) -> Double {
      let amount = measure(step)
      return amount.isFinite ? amount : 0
    }
    guard let beat else {
      var best: (step: PlotStep, amount: Double)?
      for step in steps {
        let shown = amount(step)
        if shown > (best?.amount ?? 0) * (1 + 1e-9) { best = (step, shown) }
      }
      return best.map { ($0.step, trace.place($0.step.run.loops)) }
    }
    let own = steps.last { $0.run.beats.lowerBound <= beat }
    if let own, amount(own) > 0 { return (own, trace.place(own.run.loops)) }
    let later = steps.first { $0.run.beats.lowerBound > beat && amount($0) > 0 }
    guard let other = later ?? steps.last(where: { amount($0) > 0 }) else { return nil }
    let reason = own.map { "\(trace.place($0.run.loops)) shows nothing" } ?? "not there yet at beat \(beat)"
    return (other, trace.place(other.run.loops) + " (" + reason + ")")
  }
}

/// What a plot says of what it does not show.
func leftOut(_ more: Int) -> [String] { more > 0 ? ["\(more) more left out"] : [] }

/// `one token`, `3 tokens`.
func counted(_ number: Int, _ noun: String) -> String { number == 1 ? "one \(noun)" : "\(number) \(noun)s" }

/// A border that was computed from an option: 1 − 0.34 is 0.66, and not 0.6599999999999999.
func borderText(_ border: Double) -> String { NumberText.plain((border * 1e9).rounded() / 1e9) }

/// `a token`, `an action`.
func withArticle(_ noun: String) -> String { (noun.first.map { "aeiou".contains($0) } ?? false ? "an " : "a ") + noun }

/// Even steps from one number to another.
func spaced(_ range: ClosedRange<Double>, _ count: Int) -> [Double] {
  (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(count - 1) }
}

public func capitalized(_ text: String) -> String {
  guard let first = text.first else { return text }
  return first.uppercased() + text.dropFirst()
}
