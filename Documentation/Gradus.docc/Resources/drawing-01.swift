import Recording
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
let trace = source.record()

for stage in trace.stages.prefix(20) {
  print(stage.name, stage.beats)
}
