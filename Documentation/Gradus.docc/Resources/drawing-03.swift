import Foundation
import Plots
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
let trace = source.record()

let plot = try PlotKind.plot("clip", trace: trace, source: source, at: 339)
try plot.svg.write(toFile: "drawing-clip.svg", atomically: true, encoding: .utf8)
print(plot.title)
