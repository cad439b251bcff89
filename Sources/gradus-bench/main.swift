// Measures the engine as ratios within one run, since times of different machines cannot be compared.
import Autodiff
import Foundation
import Objectives
import Recording
import Reporting
import Simulation

/// The shortest of several runs, in seconds.
func seconds(of work: () -> Void) -> Double {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<5 {
    let duration = clock.measure(work)
    best = min(best, Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
  }
  return best
}

func row(_ name: String, _ value: String) {
  print("  " + name + String(repeating: " ", count: max(1, 52 - name.count)) + value)
}
func rounded(_ value: Double, _ factor: Double) -> String { "\((value * factor).rounded() / factor)" }

if CommandLine.arguments.contains("training") {
  printTraining()
  exit(0)
}

let nodes = 1_000_000

/// The arithmetic of the tape's benchmark on plain numbers: what recording is measured against.
func plainArithmetic() -> Double {
  var sum = 0.0
  var x = 1.0000001
  for _ in 0..<nodes / 4 {
    x = x * 0.9999999
    sum += x + Elementary.exp(x) * 0.5
  }
  return sum
}

func recordedArithmetic() -> (Tape, Scalar) {
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

var sink = 0.0
let plain = seconds { sink += plainArithmetic() } / Double(nodes / 4 * 4)
let forward = seconds { sink += recordedArithmetic().1.value }
let (tape, sum) = recordedArithmetic()
let backward = seconds { sink += tape.gradient(of: sum)[tape.scalar(1)] }

print("The tape, \(tape.count) nodes")
row("forward, a node against a plain operation", "\(rounded(forward / Double(tape.count) / plain, 10)) ×")
row("backward against forward", "\(rounded(backward / forward, 100)) ×")
row("forward and backward", "\(rounded(forward + backward, 1000)) s")

let source = Source.scenario(Scenario.builtIn[0])
let record = seconds { sink += Double(source.record().terms.count) }
let trace = source.record()
let json = seconds { sink += Double(TraceJSON.text(trace, source: source).utf8.count) }
print("The scenario \(source.name), \(trace.terms.count) terms")
row("recording against a million nodes of the tape", "\(rounded(record / (forward + backward), 100)) ×")
row("JSON against recording", "\(rounded(json / record, 100)) ×")
measureGeneration()
if sink == 0 { print("") }
