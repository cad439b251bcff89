import Autodiff
import Recording
import Reporting
import Simulation
import Training
import Transformers

/// The paths whose instructions `Scripts/instructions.sh` counts: seconds cannot be compared between machines, and these can.
///
///     gradus-bench --count NAME TIMES
///
/// prepares a path and takes it so many times, on one thread: what two numbers of times differ by is what it takes.
enum CountedPath: String, CaseIterable {
  case tape, recording, trace
  case learning, sampling
  case grpo

  /// Prepares it, and returns what is counted.
  func prepared() throws -> () throws -> Void {
    switch self {
    case .tape:
      return {
        let (tape, sum) = recordedArithmetic(50_000)
        precondition(tape.gradient(of: sum)[sum] == 1)
      }
    case .recording:
      let source = Source.scenario(Scenario.builtIn[0])
      return { precondition(!source.record().terms.isEmpty) }
    case .trace:
      let source = Source.scenario(Scenario.builtIn[0])
      let trace = source.record()
      return { precondition(!TraceJSON.text(trace, source: source).isEmpty) }
    case .learning: return trainingStep(.small, workers: Workers(1))
    case .sampling:
      let model = Transformer(ModelSize.small.configuration, seed: 1, workers: Workers(1))
      return { generate(model, distinct: 4) }
    case .grpo:
      let trainer = try TimedTrainer(
        .grpo, ModelSize.small.configuration, alphabet: alphabet, workers: Workers(1))
      return { try trainer.step() }
    }
  }

  /// Does what the command line asks for.
  static func run(_ words: [String]) throws {
    guard words.count == 2, let path = CountedPath(rawValue: words[0]), let times = Int(words[1]), times > 0 else {
      let names = allCases.map(\.rawValue).joined(separator: " ")
      print("--count takes a path and how often it is taken; paths are: \(names)")
      return
    }
    let step = try path.prepared()
    for _ in 0..<times { try step() }
  }
}
