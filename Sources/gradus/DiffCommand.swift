import ArgumentParser
import Diagnosis
import Simulation

/// `gradus diff`: why two batches have different losses, as a sum of named causes.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say why two batches have different losses, as a sum of named causes.",
    usage: """
      gradus diff BATCH BATCH [--json]
      gradus diff BATCH --preset name [--preset name] [--json]
      """,
    discussion: """
      Options, denominators and numbers in which the two differ are put in place one after the other; how far each moves \
      the loss and each gradient is its part, and the parts add up to the whole. One batch alone is compared with itself under \
      an implementation's conventions, or under those of two.

      Example:  gradus diff mine.batch.json theirs.batch.json
      Example:  gradus diff batch.json --preset trl --preset verl
      """)

  @Argument(help: ArgumentHelp("Batch files.", valueName: "BATCH"), completion: .sources)
  var batches: [String]

  @Option(
    name: .customLong("preset"),
    help: ArgumentHelp("The conventions of an implementation; can be given twice.", valueName: "name"))
  var presets: [Preset] = []

  @Flag(help: "Print JSON, with every gradient and all digits.")
  var json = false

  func validate() throws {
    switch (batches.count, presets.count) {
    case (2, 0), (1, 1), (1, 2): break
    case (1, 0): throw ValidationError("there is nothing to compare with; name another batch, or add --preset")
    case (2, _): throw ValidationError("two batches are compared as they are; leave --preset out")
    default: throw ValidationError("give two batches, or one and at most two presets")
    }
  }

  func run() throws {
    let first = try batch(batches[0], presets.count == 2 ? presets[0] : nil)
    let second = try batch(batches.count == 2 ? batches[1] : batches[0], presets.last)
    let difference: LossDifference
    do throws(LossDifference.Obstacle) {
      difference = try LossDifference(of: first, and: second)
    } catch {
      throw CommandError(.badData, error.message)
    }
    try Output.write(json ? difference.json + "\n" : difference.text.onTerminal)
  }

  private func batch(_ name: String, _ preset: Preset?) throws -> Batch {
    var source = try Source(named: name)
    if let preset { Output.complain(try source.describeAndApply(preset)) }
    guard case .batch(let batch, _) = source else {
      throw CommandError(.usage, "\(name) is not a batch; gradus compare compares scenarios")
    }
    return batch
  }
}
