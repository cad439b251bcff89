import Foundation
import Reporting
import Simulation

let source = Source.scenario(Scenario.builtIn[0])
let trace = source.record()

let page = MarkdownTrace.document(trace, source: source, diagrams: [], stages: ["clip"])
try page.write(toFile: "drawing-trace.markdown", atomically: true, encoding: .utf8)
print(page.split(separator: "\n").filter { $0.hasPrefix("#") }.joined(separator: "\n"))
