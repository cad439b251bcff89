// Measures as ratios within one run, since times of different machines cannot be compared:
//
//     gradus-bench --count NAME TIMES
//     gradus-bench [engine] [training] [generation] [trainers] [groups] [scaling] [ranks] [--json]
import Foundation

if CommandLine.arguments.dropFirst().first == "--count" {
  try CountedPath.run(Array(CommandLine.arguments.dropFirst(2)))
  exit(0)
}

let sections: [(name: String, measure: () throws -> Void)] = [
  ("engine", measureEngine), ("training", measureTraining), ("generation", measureGeneration),
  ("trainers", measureTrainers), ("groups", measureGroups), ("scaling", measureScaling),
  ("ranks", measureRanks),
]
let wanted = CommandLine.arguments.dropFirst().filter { $0 != "--json" }
if let unknown = wanted.first(where: { name in !sections.contains { $0.name == name } }) {
  print("there is no section '\(unknown)'; they are: \(sections.map(\.name).joined(separator: ", "))")
  exit(64)
}
if wanted != ["ranks"] { Machine.describe() }
for section in sections where (wanted.isEmpty && section.name != "ranks") || wanted.contains(section.name) {
  try section.measure()
}
