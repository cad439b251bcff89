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
    if batch.minibatch != nil { return (nil, "names a minibatch: write one that learns from all of its sequences") }
    var exerciseCase = ExerciseCase("the batch", batch, width: 0, seed: 0)
    let longest = [Side.chosen, .rejected].map { exerciseCase.lengths($0).reduce(1, max) }
    exerciseCase = ExerciseCase("the batch", batch, width: max(longest[0], longest[1]), seed: 0)
    let submission = Submission(batch, of: self, for: exerciseCase)
    guard terms.contains(where: { submission.isReturned($0.name) }) else {
      return (
        nil, "has nothing to compare: give it `logged: {\"loss\": …}`, or advantage, return or kl in its sequences"
      )
    }
    return (Grading(submission, of: self, on: [exerciseCase]).assessment(), nil)
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
