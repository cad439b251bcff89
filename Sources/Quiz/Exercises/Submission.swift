import Documents
import Objectives
import Simulation

/// What somebody's function returned for the batches of an exercise.
struct Submission {
  /// For each batch, by name, the numbers in the places that are compared.
  private(set) var cases: [[String: [Double]]] = []
  /// Names that are returned and not compared.
  private(set) var others: [String] = []
  /// The first thing that cannot be compared at all, if any.
  private(set) var problem: Problem?

  /// Something returned that has another form than its term.
  struct Problem {
    let term: String
    let number: Int
    let text: String
  }

  /// Reads what the function returned: an object for each batch, with numbers and lists under the names of terms.
  ///
  /// A single number or list, under the empty name, is what the exercise asks for.
  init(_ documents: [Document], of exercise: Exercise, for cases: [ExerciseCase]) throws(DocumentError) {
    for (number, (document, exerciseCase)) in zip(documents, cases).enumerated() {
      var values: [String: [Double]] = [:]
      for member in try document.object("a result").members {
        let name = member.key.isEmpty ? exercise.terms[exercise.terms.count - 1].name : member.key
        guard let term = exercise.terms.first(where: { $0.name == name }) else {
          // `return dict(locals())` has what the function got as well.
          let isGiven = exercise.arguments.contains { $0.name == name } || exercise.options.contains { $0.name == name }
          if !isGiven, !others.contains(name) { others.append(name) }
          continue
        }
        do throws(FormError) {
          values[name] = try exerciseCase.numbers(of: term, Nested(member.value))
        } catch {
          if problem == nil { problem = Problem(term: name, number: number, text: error.text) }
        }
      }
      self.cases.append(values)
    }
  }

  /// Numbers that are known already, in the places that are compared.
  init(_ cases: [[String: [Double]]]) { self.cases = cases }

  /// What a trainer wrote into a batch of its own.
  init(_ batch: Batch, of exercise: Exercise, for exerciseCase: ExerciseCase) {
    var values: [String: [Double]] = [:]
    let logged: [[Batch.LoggedNumbers]] =
      switch batch.contents {
      case .responses(let sequences): sequences.map { $0.logged }
      case .groups(let groups): groups.sequences.map { $0.logged }
      default: []
      }
    for term in exercise.terms where logged.contains(where: { $0.contains { $0.quantity.name == term.name } }) {
      var numbers: [Double] = []
      for place in exerciseCase.places(term) where place.count > 0 {
        guard let own = logged[place[0]].first(where: { $0.quantity.name == term.name }) else { continue }
        numbers.append(own.values[own.isPerToken && place.count > 1 ? place[1] : 0])
      }
      if numbers.count == exerciseCase.places(term).count { values[term.name] = numbers }
    }
    if let loss = batch.loggedLoss, let term = exercise.terms.first(where: { $0.quantity == .loss }) {
      values[term.name] = [loss]
    }
    cases = [values]
  }

  func isReturned(_ name: String) -> Bool { cases.contains { $0[name] != nil } }
}

/// Numbers in lists of lists.
private enum Nested {
  case number(Double)
  case list([Nested])

  init(_ document: Document) throws(FormError) {
    switch document.value {
    case .number(let x): self = .number(x)
    case .bool(let flag): self = .number(flag ? 1 : 0)
    // As Python writes what JSON has no number for.
    case .string("nan"): self = .number(.nan)
    case .string("inf"): self = .number(.infinity)
    case .string("-inf"): self = .number(-.infinity)
    case .list(let items):
      var list: [Nested] = []
      for item in items { list.append(try Nested(item)) }
      self = .list(list)
    case .null, .string, .object: throw FormError(text: "is neither a number nor a list of numbers")
    }
  }

  /// Whether the numbers are the same; one that is NaN is as good as another.
  func equals(_ other: Nested) -> Bool {
    switch (self, other) {
    case (.number(let a), .number(let b)): a == b || a.isNaN && b.isNaN
    case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
    default: false
    }
  }

  /// `(8, 6)`, as numpy has it.
  var shape: String {
    var sizes: [String] = []
    var open = self
    while case .list(let items) = open {
      sizes.append("\(items.count)")
      guard let first = items.first else { break }
      open = first
    }
    return "(" + sizes.joined(separator: ", ") + (sizes.count == 1 ? ",)" : ")")
  }
}

private struct FormError: Error {
  let text: String
}

extension ExerciseCase {
  /// The numbers in the places that are compared.
  ///
  /// What is of a response may stand in an array for all of its tokens as well, if they have the same number.
  fileprivate func numbers(of term: Exercise.Term, _ value: Nested) throws(FormError) -> [Double] {
    let wrong = FormError(text: "has the shape \(value.shape), where \(form(of: term)) is wanted")
    switch term.shape {
    case .number: return [try single(value, wrong)]
    case .group, .response, .pair:
      let places = places(term)
      guard case .list(var items) = value else { throw wrong }
      if term.shape == .group, let repeated = try ofEachGroup(items) { items = repeated }
      guard items.count == places.count else { throw wrong }
      var numbers: [Double] = []
      for (i, item) in items.enumerated() { numbers.append(try shared(item, i, term, wrong)) }
      return numbers
    case .token:
      let lengths = lengths(term.side)
      guard case .list(let rows) = value, rows.count == lengths.count else { throw wrong }
      var numbers: [Double] = []
      for place in places(term) {
        guard case .list(let row) = rows[place[0]], row.count == width || row.count == lengths[place[0]],
          case .number(let x) = row[place[1]]
        else { throw wrong }
        numbers.append(x)
      }
      return numbers
    }
  }

  /// What trainers repeat for each response of a group, once; nil if there is not a number for each response.
  private func ofEachGroup(_ items: [Nested]) throws(FormError) -> [Nested]? {
    guard case .groups(let groups) = batch.contents, items.count == count, count != groupCount else { return nil }
    var found: [Nested?] = groups.groups.map { _ in nil }
    for (item, sequence) in zip(items, groups.sequences) {
      if let first = found[sequence.group], !first.equals(item) {
        throw FormError(
          text: "has different numbers for the responses of group \(sequence.group), where they share one")
      }
      found[sequence.group] = item
    }
    return found.compactMap { $0 }
  }

  /// One number, in however many lists of one.
  private func single(_ value: Nested, _ wrong: FormError) throws(FormError) -> Double {
    switch value {
    case .number(let x): return x
    case .list(let items):
      guard items.count == 1 else { throw wrong }
      return try single(items[0], wrong)
    }
  }

  private func shared(_ value: Nested, _ i: Int, _ term: Exercise.Term, _ wrong: FormError) throws(FormError) -> Double
  {
    guard case .list(let items) = value, items.count > 1, term.shape == .response, items.count == width else {
      return try single(value, wrong)
    }
    var found: Double?
    for (t, item) in items.enumerated() where counts(i, t, term.side) {
      guard case .number(let x) = item else { throw wrong }
      if let found, found != x, !(found.isNaN && x.isNaN) {
        throw FormError(text: "has different numbers for the tokens of response \(i), where they share one")
      }
      found = x
    }
    guard let found else { throw wrong }
    return found
  }

  private func form(of term: Exercise.Term) -> String {
    switch term.shape {
    case .number: "a single number"
    case .group: "(\(groupCount),), a number for each group,"
    case .response: "(\(count),), a number for each response,"
    case .pair: "(\(count),), a number for each pair,"
    case .token: "(\(count), \(width)), a number for each token,"
    }
  }
}
