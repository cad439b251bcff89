import Foundation
import Reporting
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
let trace = source.record()

let pipeline = try Diagrams.dot("pipeline", trace: trace, source: source, at: 339)
try pipeline.write(toFile: "drawing-pipeline.dot", atomically: true, encoding: .utf8)
print(Diagrams.names(for: trace))
