import Objectives
import Recording
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
let trace = source.record()

let ratio = trace.value(.ratio, 5, 1, at: 339) ?? .nan
let advantage = trace.value(.advantage, 5, 1, at: 339) ?? .nan
print("ratio[5,1] is \(ratio), advantage[5,1] \(advantage)")
