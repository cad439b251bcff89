import Autodiff
import Recording
import Reporting
import Simulation

private let nodes = 1_000_000

/// The arithmetic of the tape's benchmark on plain numbers, as the baseline.
private func plainArithmetic() -> Double {
  var sum = 0.0
  var x = 1.0000001
  for _ in 0..<nodes / 4 {
    x = x * 0.9999999
    sum += x + Elementary.exp(x) * 0.5
  }
  return sum
}

/// A tape of about so many nodes, and what all of them lead to.
func recordedArithmetic(_ nodes: Int = nodes) -> (Tape, Scalar) {
  let tape = Tape()
  tape.reserve(nodes + nodes / 2)
  var sum = tape.leaf(0)
  var x = tape.leaf(1.0000001)
  let (shrink, half) = (tape.constant(0.9999999), tape.constant(0.5))
  for _ in 0..<nodes / 5 {
    x = x * shrink
    sum = sum + (x + exp(x) * half)
  }
  return (tape, sum)
}

/// The tape and the recording of a scenario, measured against plain arithmetic.
func measureEngine() {
  var sink = 0.0
  let plain = seconds { sink += plainArithmetic() } / Double(nodes / 4 * 4)
  let forward = seconds { sink += recordedArithmetic().1.value }
  let (tape, sum) = recordedArithmetic()
  let backward = seconds { sink += tape.gradient(of: sum)[tape.scalar(1)] }

  heading("The tape, \(tape.count) nodes")
  row("forward, a node against a plain operation", "\(rounded(forward / Double(tape.count) / plain, 10)) ×")
  row("backward against forward", "\(rounded(backward / forward, 100)) ×")
  row("forward and backward", "\(rounded(forward + backward, 1000)) s")

  let source = Source.scenario(Scenario.builtIn[0])
  let record = seconds { sink += Double(source.record().terms.count) }
  let trace = source.record()
  let json = seconds { sink += Double(TraceJSON.text(trace, source: source).utf8.count) }
  heading("The scenario \(source.name), \(trace.terms.count) terms")
  row("recording against a million nodes of the tape", "\(rounded(record / (forward + backward), 100)) ×")
  row("JSON against recording", "\(rounded(json / record, 100)) ×")
  precondition(sink != 0)
}
