import ArgumentParser
import Documents
import Training

/// What the plan's machine can do.
struct MachineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Memory of a GPU or rank (default: 80 for a GPU).", valueName: "GB"))
  var memory: Double?

  @Option(
    help: ArgumentHelp(
      "Arithmetic at its peak (default: 312, in fp32 19.5; with --ranks 0.15 a thread).", valueName: "TFLOP/s"))
  var flops: Double?

  @Option(
    help: ArgumentHelp("The share of it that training reaches (default: 0.4; with --ranks 0.8).", valueName: "share"))
  var mfu: Double?

  @Option(
    help: ArgumentHelp("From a GPU to the next, each way (default: 300; with --ranks 1.25).", valueName: "GB/s"))
  var bandwidth: Double?

  @Option(help: ArgumentHelp("Between a GPU and its memory (default: 2039).", valueName: "GB/s"))
  var memoryBandwidth: Double?

  @Option(help: ArgumentHelp("Threads of a rank (default: 1).", valueName: "N"))
  var workers: Int?

  func check() throws {
    for (name, value) in [
      ("memory", memory), ("flops", flops), ("bandwidth", bandwidth), ("memory-bandwidth", memoryBandwidth),
    ] {
      if let value, !(value >= 1e-6 && value <= 1e9) {
        throw CommandError(.usage, "--\(name): must be from 1e-6 to 1e9; it is \(NumberText.full(value))")
      }
    }
    if let mfu, !(mfu >= 0.001 && mfu <= 1) {
      throw CommandError(.usage, "--mfu: must be from 0.001 to 1; it is \(NumberText.full(mfu))")
    }
    try Range.check("workers", workers, 1...4096)
  }

  func machine(_ precision: TrainingLoad.Precision, forRanks: Bool) -> TrainingLoad.Machine {
    var machine = TrainingLoad.Machine()
    machine.memory = (memory ?? 80) * 1e9
    machine.flops = (flops ?? (forRanks ? 0.15 : precision == .bf16 ? 312 : 19.5)) * 1e12
    machine.utilisation = mfu ?? (forRanks ? 0.8 : 0.4)
    machine.bandwidth = (bandwidth ?? (forRanks ? 1.25 : 300)) * 1e9
    machine.memoryBandwidth = (memoryBandwidth ?? 2039) * 1e9
    return machine
  }
}
