// Prints what `gradus trace ppo --format json` does, with the engine alone; `same-bytes.sh` compiles it.
import Reporting
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
print(TraceJSON.text(source.record(), source: source), terminator: "")
