import Diagnosis
import Documents
import Objectives
import Recording
import Simulation

/// How somebody's numbers compare with the right ones: term by term, and the likely cause of the first wrong one.
public struct Assessment: Sendable {
  public enum Status: String, Sendable {
    case right, wrong
    case missing = "not returned"
  }

  /// The first wrong number.
  public struct Fault: Sendable {
    public let term: String
    public let place: [Int]
    /// The batch's number, from 0, and what is special about it.
    public let number: Int
    public let label: String
    /// What was returned; nil where that could not be compared.
    public let value: Double?
    /// Why it could not, as the end of «advantage …».
    public let problem: String?

    var isFinite: Bool { value?.isFinite != false }
  }

  /// Why a term is wrong, as far as it is found out.
  public struct Cause: Sendable {
    public let id: String
    public let text: String

    static let factor = "factor"
  }

  public let exercise: Exercise
  public let caseCount: Int
  /// Each term of the exercise, in the order of the computation.
  public let terms: [(name: String, status: Status)]
  public let fault: Fault?
  /// One, or two that were made together; none where nobody has thought of it.
  public let causes: [Cause]
  /// Whether these causes explain everything that is wrong.
  public let explainsAll: Bool
  /// Names that were returned and not compared.
  public let others: [String]
  /// What was not returned and goes into the first wrong term, but for what goes into right ones.
  public let unseen: [String]

  /// What is asked for and was not returned.
  public var missing: [String] {
    terms.suffix(exercise.asked).filter { $0.status == .missing }.map { $0.name }
  }

  public var isRight: Bool { fault == nil && missing.isEmpty }
}

/// Compares a submission with the right numbers, and with those of what people get wrong.
struct Grading {
  let exercise: Exercise
  let cases: [ExerciseCase]
  let submission: Submission
  private let right: [[String: [Double]]]

  init(_ submission: Submission, of exercise: Exercise, on cases: [ExerciseCase]) {
    self.exercise = exercise
    self.cases = cases
    self.submission = submission
    right = cases.map { Self.values($0, $0.record(), exercise.terms) }
  }

  private static func values(
    _ exerciseCase: ExerciseCase, _ trace: Trace, _ terms: [Exercise.Term]
  ) -> [String: [Double]] {
    var values: [String: [Double]] = [:]
    for term in terms { values[term.name] = exerciseCase.values(term, in: trace) }
    return values
  }

  func assessment() -> Assessment {
    var statuses: [(name: String, status: Assessment.Status)] = []
    var fault: Assessment.Fault?
    // A number may tell the cause of another one's form.
    var telling: Assessment.Fault?
    for term in exercise.terms {
      let problem = submission.problem.flatMap { $0.term == term.name ? $0 : nil }
      let found = problem.map { self.fault($0) } ?? self.fault(in: term)
      let isReturned = submission.isReturned(term.name) || problem != nil
      statuses.append((term.name, found != nil ? .wrong : isReturned ? .right : .missing))
      if fault == nil { fault = found }
      if telling == nil, problem == nil { telling = found }
    }
    let (causes, explainsAll) = telling.map { explanation(of: $0) } ?? ([], fault == nil)
    return Assessment(
      exercise: exercise, caseCount: cases.count, terms: statuses, fault: fault, causes: causes,
      explainsAll: explainsAll, others: submission.others, unseen: fault.map { unseen(before: $0, statuses) } ?? [])
  }

  /// The terms between those that are right and the first wrong one, which nobody has seen.
  private func unseen(
    before fault: Assessment.Fault, _ statuses: [(name: String, status: Assessment.Status)]
  ) -> [String] {
    let trace = cases[fault.number].record()
    var open = trace.terms.indices.filter { name(of: $0, in: trace) == fault.term }
    var (seen, found) = (Set(open), Set<String>())
    while let term = open.popLast() {
      for input in trace.inputs(of: term) where seen.insert(input).inserted {
        let name = name(of: input, in: trace)
        let status = statuses.first { $0.name == name }?.status
        if status == .right { continue }
        if status == .missing, let name { found.insert(name) }
        open.append(input)
      }
    }
    return exercise.terms.map { $0.name }.filter { found.contains($0) }
  }

  private func name(of term: Int, in trace: Trace) -> String? {
    exercise.terms.first { $0.quantity == trace.quantity(of: term) }?.name
  }

  private func fault(_ problem: Submission.Problem) -> Assessment.Fault {
    Assessment.Fault(
      term: problem.term, place: [], number: problem.number, label: cases[problem.number].label, value: nil,
      problem: problem.text)
  }

  /// The first number of a term that is not right.
  private func fault(in term: Exercise.Term) -> Assessment.Fault? {
    for (number, exerciseCase) in cases.enumerated() {
      guard let returned = submission.cases[number][term.name], let wanted = right[number][term.name] else { continue }
      let tolerance = Self.tolerance(wanted)
      guard let n = wanted.indices.first(where: { !Self.isNear(returned[$0], wanted[$0], tolerance) }) else { continue }
      return Assessment.Fault(
        term: term.name, place: exerciseCase.places(term)[n], number: number, label: exerciseCase.label,
        value: returned[n], problem: nil)
    }
    return nil
  }

  // MARK: Nearness

  /// Single precision is near enough: its rounding is relative to the largest number of a term.
  private static func tolerance(_ wanted: [Double]) -> Double {
    2e-5 * wanted.filter { $0.isFinite }.reduce(0.5) { max($0, $1.magnitude) }
  }

  private static func isNear(_ x: Double, _ wanted: Double, _ tolerance: Double) -> Bool {
    x.isNaN && wanted.isNaN || x == wanted || (x - wanted).magnitude <= tolerance
  }

  // MARK: Causes

  private func explanation(of fault: Assessment.Fault) -> (causes: [Assessment.Cause], explainsAll: Bool) {
    if let found = likeliest(fault) { return found }
    // One number is any other's multiple, and of so many pairs of mistakes one gives it by chance.
    if !isOneNumber {
      if let two = together(fault) { return (two, true) }
      if let factor = factor(fault.term) { return ([factor], fault.term == exercise.terms.last?.name) }
    }
    return logged(fault).map { ([$0], true) } ?? ([], false)
  }

  /// Whether there is one wrong number, and no other batch that a mistake would have to agree with.
  private var isOneNumber: Bool {
    guard cases.count == 1 else { return false }
    let wrong = right[0].reduce(0) { count, term in
      guard let returned = submission.cases[0][term.key] else { return count }
      let tolerance = Self.tolerance(term.value)
      return count + zip(returned, term.value).count { !Self.isNear($0, $1, tolerance) }
    }
    return wrong == 1
  }

  /// What some mistakes explain of the submission, and how far their numbers are from it.
  private struct Match {
    var isAll = true
    var distance = 0.0

    func isBetter(than other: Match?) -> Bool {
      guard let other else { return true }
      // Of two mistakes that are equally near, the likelier one stands first.
      return isAll != other.isAll ? isAll : distance < 0.5 * other.distance - 1e-12
    }
  }

  private func likeliest(_ fault: Assessment.Fault) -> (causes: [Assessment.Cause], explainsAll: Bool)? {
    var best: (misconception: Misconception, match: Match)?
    let nearest = isOneNumber ? Self.chance * distance(of: fault) : .infinity
    for misconception in exercise.misconceptions {
      if let match = match([misconception], fault), match.distance <= nearest, match.isBetter(than: best?.match) {
        best = (misconception, match)
      }
    }
    return best.map { ([$0.misconception.cause], $0.match.isAll) }
  }

  /// Of the way from the right number to a wrong one, the share by which a mistake's number may miss it, where that is all that is
  /// known: some fifty mistakes are tried.
  private static let chance = 1e-4

  /// How far the first wrong number is from the right one.
  private func distance(of fault: Assessment.Fault) -> Double {
    guard let value = fault.value, value.isFinite, let term = exercise.terms.first(where: { $0.name == fault.term }),
      let place = cases[fault.number].places(term).firstIndex(of: fault.place),
      let wanted = right[fault.number][fault.term]?[place]
    else { return .infinity }
    return (value - wanted).magnitude
  }

  /// Two mistakes that explain everything together, where none does on its own.
  private func together(_ fault: Assessment.Fault) -> [Assessment.Cause]? {
    let all = exercise.misconceptions
    for (n, first) in all.enumerated() {
      for second in all[(n + 1)...] {
        if let match = match([first, second], fault), match.isAll { return [first.cause, second.cause] }
      }
    }
    return nil
  }

  /// Nil where they do not even explain the first wrong term.
  private func match(_ misconceptions: [Misconception], _ fault: Assessment.Fault) -> Match? {
    var match = Match()
    // The batch with the first wrong number tells most mistakes apart.
    for number in [fault.number] + cases.indices.filter({ $0 != fault.number }) {
      let values = Self.values(cases[number], cases[number].record(misconceptions), exercise.terms)
      var isBeyond = false
      for term in exercise.terms {
        if let returned = submission.cases[number][term.name] {
          if let distance = distance(returned, values[term.name]) {
            match.distance += distance
          } else if isBeyond {
            match.isAll = false
          } else {
            return nil
          }
        }
        if term.name == fault.term { isBeyond = true }
      }
    }
    return match
  }

  /// How far numbers are from each other; nil where that is too far.
  private func distance(_ returned: [Double], _ values: [Double]?) -> Double? {
    guard let values, values.count == returned.count else { return nil }
    let tolerance = Self.tolerance(values)
    guard zip(returned, values).allSatisfy({ Self.isNear($0, $1, tolerance) }) else { return nil }
    return zip(returned, values).reduce(0) { sum, pair in
      pair.0.isFinite && pair.1.isFinite ? sum + (pair.0 - pair.1).magnitude : sum
    }
  }

  /// One number that a term is multiplied by everywhere.
  private func factor(_ name: String) -> Assessment.Cause? {
    var factor: Double?
    for number in cases.indices {
      guard let returned = submission.cases[number][name], let wanted = right[number][name] else { continue }
      for (x, y) in zip(returned, wanted) {
        guard y.magnitude > 1e-3 else {
          if x.magnitude > 1e-2 { return nil }
          continue
        }
        let own = x / y
        guard own.isFinite, own != 0, (own - (factor ?? own)).magnitude <= 1e-3 * own.magnitude else { return nil }
        factor = factor ?? own
      }
    }
    // Nearer to 1 than its numbers are to each other it says nothing.
    guard let factor, (factor - 1).magnitude > 1e-3 else { return nil }
    let text =
      factor == -1 ? "has the wrong sign" : "is \(NumberText.short(factor)) times what it should be, everywhere"
    return Assessment.Cause(id: Assessment.Cause.factor, text: "\(name) \(text)")
  }

  /// What the doctor knows to give a batch's loss, if it does so for all that are wrong.
  private func logged(_ fault: Assessment.Fault) -> Assessment.Cause? {
    guard let last = exercise.terms.last, fault.term == last.name else { return nil }
    var common: [String]?
    for (number, exerciseCase) in cases.enumerated() where exerciseCase.given.isEmpty {
      guard let loss = submission.cases[number][last.name]?.first, let wanted = right[number][last.name]?.first,
        !Self.isNear(loss, wanted, Self.tolerance([wanted]))
      else { continue }
      let found = exerciseCase.batch.mistakes(giving: loss)
      common = common.map { $0.filter { found.contains($0) } } ?? found
    }
    return common?.first.map { Assessment.Cause(id: "doctor", text: "the loss is exactly that of \($0)") }
  }
}

extension Misconception {
  fileprivate var cause: Assessment.Cause { Assessment.Cause(id: id, text: text) }
}
