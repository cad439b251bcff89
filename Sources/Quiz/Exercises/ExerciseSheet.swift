public import Documents
import Objectives
import Recording
import Reporting
public import Simulation

/// An exercise with the batches of one student.
public struct ExerciseSheet: Sendable {
  public let exercise: Exercise
  let cases: [ExerciseCase]

  /// - Parameters:
  ///   - exercise: What is asked for.
  ///   - seed: The teacher's number: another one gives everybody other batches.
  ///   - student: Anything that tells one student from another; empty for everybody.
  public init(_ exercise: Exercise, seed: UInt64, student: String) {
    self.exercise = exercise
    cases = exercise.cases(seed: seed, student: student)
  }

  /// Compares what a function returned: for each batch an object, with numbers and lists under the names of terms.
  ///
  /// - Throws: Where it is no list of as many objects.
  public func assessment(of results: [Document]) throws(DocumentError) -> Assessment {
    let submission = try Submission(results, of: exercise, for: cases)
    return Grading(submission, of: exercise, on: cases).assessment()
  }

  public var caseCount: Int { cases.count }

  /// Writes what a function gets: for each batch `{"arguments": {…}, "options": {…}}`.
  public func write(to json: inout JSONWriter) {
    json.beginArray()
    for exerciseCase in cases {
      let trace = exerciseCase.record()
      json.beginObject()
      json.key("arguments")
      json.beginObject()
      for argument in exercise.arguments {
        json.key(argument.name)
        exerciseCase.write(argument, of: trace, to: &json)
      }
      json.endObject()
      json.key("options")
      json.beginObject()
      for option in exercise.options {
        json.key(option.name)
        json.option(exerciseCase.batch.settings[option])
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
  }
}

extension Exercise {
  /// Compares what a batch's own file says was computed of it: `advantage`, `return`, `kl` and the logged loss.
  ///
  /// - Returns: The comparison, or why there is none, as the end of «the batch …».
  public func assessment(of batch: Batch) -> (assessment: Assessment?, problem: String?) {
    let own = cases(seed: 0, student: "").first?.batch.algorithm.name ?? ""
    guard own == batch.algorithm.name else {
      return (nil, "is one of \(batch.algorithm.name), and the exercise \(name) is about \(own)")
    }
    if let (option, value) = settings.first(where: { batch.settings[$0.option] != $0.value }) {
      let other = Exercise.all.first { other in
        !other.settings.isEmpty && other.settings.allSatisfy { batch.settings[$0.option] == $0.value }
          && other.settings.contains { $0.option == option }
      }
      return (
        nil,
        "has \(option.name) \(batch.settings[option].text), and the exercise \(name) is about \(value.text): "
          + (other.map { "name --exercise \($0.name), or " } ?? "") + "put what was computed into its config"
      )
    }
    if batch.minibatch != nil { return (nil, "names a minibatch: write one that learns from all of its sequences") }
    var exerciseCase = ExerciseCase("the batch", batch, width: 0, seed: 0)
    let longest = [Side.chosen, .rejected].map { exerciseCase.lengths($0).reduce(1, max) }
    exerciseCase = ExerciseCase("the batch", batch, width: max(longest[0], longest[1]), seed: 0)
    let exercise = ofBatches(like: exerciseCase)
    let submission = Submission(batch, of: exercise, for: exerciseCase)
    guard exercise.terms.contains(where: { submission.isReturned($0.name) }) else {
      let names = exercise.terms.map {
        $0.quantity == .loss ? "`logged: {\"loss\": …}`" : "\($0.name) in its sequences"
      }
      return (nil, "has nothing to compare" + (names.isEmpty ? "" : ": give it \(names.joined(separator: ", or "))"))
    }
    return (Grading(submission, of: exercise, on: [exerciseCase]).assessment(), nil)
  }

  /// The same about what a batch can say of its own: none of it is asked for, and an advantage is what its options make of it.
  private func ofBatches(like exerciseCase: ExerciseCase) -> Exercise {
    let trace = exerciseCase.record()
    var exercise = self
    exercise.asked = 0
    exercise.terms = terms.compactMap { term in
      if term.quantity == .loss { return term }
      return [Quantity.advantage, .returns, .kl].first { $0.name == term.name }.map { written in
        let own = Term(written, term.shape, name: term.name, of: term.side)
        return exerciseCase.values(own, in: trace) == nil ? term : own
      }
    }
    return exercise
  }
}

extension ExerciseCase {
  /// An argument as lists: rows are as wide as the longest response and the padding.
  fileprivate func write(_ argument: Exercise.Argument, of trace: Trace, to json: inout JSONWriter) {
    switch argument.shape {
    case .token:
      let lengths = lengths(argument.side)
      json.beginArray()
      for i in 0..<count {
        json.numbers((0..<width).map { value(argument, i, $0, isToken: $0 < lengths[i], in: trace) })
      }
      json.endArray()
    case .number, .group, .response, .pair:
      json.numbers((0..<count).map { value(argument, $0, -1, isToken: true, in: trace) })
    }
  }

  private func value(
    _ argument: Exercise.Argument, _ i: Int, _ t: Int, isToken: Bool, in trace: Trace
  ) -> Double {
    switch argument.content {
    case .mask: return counts(i, t, argument.side) ? 1 : 0
    case .groups:
      guard case .groups(let groups) = batch.contents else { return 0 }
      return Double(groups.sequences[i].group)
    case .term(let quantity):
      guard isToken else { return filler(quantity, i, t) }
      // Its first number: what a batch gives, before anything is made of it.
      return trace.occurrences(of: TermKey(quantity, i, t)).first.map { trace.value($0) } ?? .nan
    }
  }
}
