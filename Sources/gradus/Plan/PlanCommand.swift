public import ArgumentParser
import Documents
public import Training
import Transformers

/// `gradus plan`: what a training run will take.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Plan a training run: memory, traffic and time, on GPUs or for mpirun.",
    usage: """
      gradus plan --params N|--like NAME|--model DIR --gpus N
                  [--trainer TRAINER] [--zero 0|1|2|3] [--recompute WHAT]
                  [option …] [--json]
      gradus plan --params N|--like NAME|--model DIR --ranks N
                  [--trainer TRAINER] [option …] [--json]
      """,
    discussion: """
      With --gpus: which stages of ZeRO fit into a GPU's memory, what fills it, and how long a step's arithmetic and \
      traffic take, with the formula of each number. The default machine is an A100 of 80 GB.

      With --ranks: the memory of this program's own trainers; each rank of `mpirun -np N gradus train` has all weights, \
      in fp32.

      NAME of --like: \(PlannedModel.known.map(\.name).joined(separator: ", ")).

      Sizes are in GB of 10⁹ bytes; the output ends with what the formulas leave out.

      Example:  gradus plan --params 7e9 --gpus 8
      Example:  gradus plan --like llama-3-8b --gpus 8 --trainer grpo --batch-size 8
      Example:  gradus plan --model checkpoint --ranks 4 --trainer dpo
      """)

  @Option(help: ArgumentHelp("How many parameters the model has, as in 7e9.", valueName: "N"))
  var params: Double?

  @Option(
    help: ArgumentHelp("A well-known model.", valueName: "NAME"),
    completion: .list(PlannedModel.known.map(\.name)))
  var like: String?

  @Option(
    help: ArgumentHelp("A model's folder; only its config.json is read.", valueName: "DIR"),
    completion: .directory)
  var model: String?

  @OptionGroup(title: "The shape, if it is none of these") var shape: ShapeOptions

  @Option(help: ArgumentHelp("How many GPUs.", valueName: "N"))
  var gpus: Int?

  @Option(help: ArgumentHelp("Instead: how many processes of this program.", valueName: "N"))
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "What is trained: \(Trainer.all.map(\.name).joined(separator: ", ")).", valueName: "TRAINER"),
    completion: .list(Trainer.all.map(\.name)))
  var trainer = "sft"

  @Option(help: "The number format (default: bf16; with --ranks fp32).")
  var dtype: TrainingLoad.Precision?

  @Option(
    help: ArgumentHelp("Show this stage of ZeRO instead of the fastest that fits.", valueName: "0|1|2|3"),
    completion: .list(["0", "1", "2", "3"]))
  var zero: Int?

  @Option(help: "Show this recomputation instead of the fastest that fits.")
  var recompute: Recomputation?

  @Option(
    help: ArgumentHelp(
      "Examples, pairs or responses per pass of a GPU (default: 4); with --ranks, of all ranks together (default: 32).",
      valueName: "N"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Passes per step.", valueName: "N"))
  var gradientAccumulation = 1

  @Option(help: ArgumentHelp("Tokens of a sequence (default: 2048; with --ranks 512).", valueName: "N"))
  var maxLength: Int?

  @Option(
    help: ArgumentHelp("How many of them are generated, where the trainer samples (default: half).", valueName: "N"))
  var completionLength: Int?

  @Option(
    help: ArgumentHelp(
      "With --ranks: responses to each prompt in grpo, which takes the prompt once for all of them (default: 8).",
      valueName: "N"))
  var numGenerations: Int?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Whether there is a frozen reference (default: if the trainer's own options use it; grpo needs it if beta is not 0)."
  )
  var reference: Bool?

  @Option(help: ArgumentHelp("Train adapters of this rank alone (LoRA); the weights are frozen.", valueName: "N"))
  var loraR: Int?

  @Option(
    help: ArgumentHelp("The projections that get adapters (default: all of a layer).", valueName: "NAMES"))
  var loraTargetModules: String?

  @OptionGroup(title: "The machine") var machine: MachineOptions

  @Flag(help: "Print one JSON object, in bytes and seconds.")
  var json = false

  func run() throws {
    try check()
    if let ranks {
      let load = try load(gpus: ranks, forRanks: true)
      let plan = RankPlan(load, ranks: ranks, workers: machine.workers ?? 1, limit: machine.memory.map { $0 * 1e9 })
      return try Output.write(json ? plan.json + "\n" : plan.text)
    }
    let load = try load(gpus: gpus ?? 1, forRanks: false)
    let plan = GPUPlan(load, stage: zero.flatMap(ZeroStage.init), recomputation: recompute)
    try Output.write(json ? plan.json + "\n" : plan.text)
  }

  private func check() throws {
    switch (gpus, ranks) {
    case (nil, nil): throw CommandError(.usage, "say on how many GPUs with --gpus, or how many processes with --ranks")
    case (.some, .some): throw CommandError(.usage, "--gpus and --ranks are two plans; give one of them")
    default: break
    }
    if ranks != nil {
      let gpuOnly = [
        (zero != nil, "zero"), (recompute != nil, "recompute"), (dtype == .bf16, "dtype bf16"),
        (machine.memoryBandwidth != nil, "memory-bandwidth"),
      ]
      for (isGiven, name) in gpuOnly where isGiven {
        throw CommandError(.usage, "--\(name) goes with --gpus: every rank of this program has all weights in fp32")
      }
    } else if numGenerations != nil {
      throw CommandError(
        .usage, "--num-generations goes with --ranks: trainers on GPUs take a prompt with each response")
    } else if machine.workers != nil {
      throw CommandError(.usage, "--workers goes with --ranks: how many threads each of them has")
    }
    try Range.check("gpus", gpus, 1...1_000_000)
    try Range.check("ranks", ranks, 1...1_000_000)
    try Range.check("zero", zero, 0...3)
    try Range.check("batch-size", batchSize, 1...1_000_000)
    try Range.check("gradient-accumulation", gradientAccumulation, 1...1_000_000)
    try Range.check("max-length", maxLength, 2...100_000_000)
    try Range.check("num-generations", numGenerations, 1...1_000_000)
    try Range.check("lora-r", loraR, 1...65536)
    if loraTargetModules != nil, loraR == nil {
      throw CommandError(.usage, "--lora-target-modules goes with --lora-r: the rank of the adapters")
    }
    try machine.check()
  }

  private func load(gpus: Int, forRanks: Bool) throws -> TrainingLoad {
    guard let trainer = Trainer.named(trainer) else {
      let names = Trainer.all.map(\.name)
      let hint =
        nearestNames(to: trainer, among: names, limit: 1).first.map { "did you mean \($0)?" }
        ?? "they are \(names.joined(separator: ", "))"
      throw CommandError(.usage, "--trainer: there is no trainer '\(self.trainer)'; \(hint)")
    }
    var load = TrainingLoad(trainer, try plannedModel(), gpus: gpus)
    load.precision = dtype ?? (forRanks ? .fp32 : .bf16)
    load.batchSize = batchSize ?? (forRanks ? 32 : 4)
    load.accumulation = gradientAccumulation
    load.maxLength = maxLength ?? (forRanks ? 512 : 2048)
    try Range.check("completion-length", completionLength, 1...load.maxLength - 1)
    if completionLength != nil, !load.generates {
      throw CommandError(
        .usage, "--completion-length: \(trainer.name) generates nothing; that is for \(Self.names { $0.samples })")
    }
    load.completionLength = completionLength ?? load.maxLength / 2
    if let numGenerations {
      guard trainer.samplesGroups else {
        let others = Self.names { $0.samplesGroups }
        throw CommandError(.usage, "--num-generations: \(trainer.name) samples one response; that is for \(others)")
      }
      load.generations = numGenerations
    }
    if let reference {
      guard trainer.hasReference else {
        let others = Self.names { $0.hasReference }
        throw CommandError(.usage, "--reference: \(trainer.name) has none; that is for \(others)")
      }
      load.hasReference = reference
    }
    if let loraR { load.lowRank = try lowRank(loraR, of: load.model) }
    load.machine = machine.machine(load.precision, forRanks: forRanks)
    return load
  }

  private func lowRank(_ rank: Int, of model: PlannedModel) throws -> LowRank {
    let targets = (loraTargetModules ?? LowRank.everywhere).split(separator: ",").map(String.init)
    let modules = model.shape.adaptableModules
    guard let shape = LowRank(rank: rank, alpha: 1, targets: targets).naming(modules) else {
      throw CommandError(
        .usage,
        "--lora-target-modules: the model has no such projection; the names are \(modules.joined(separator: ", "))")
    }
    return shape
  }

  /// `ppo, grpo and dpo`: the trainers of which something holds.
  private static func names(_ holds: (Trainer) -> Bool) -> String {
    Trainer.all.filter(holds).map(\.name).listed
  }

  private func plannedModel() throws -> PlannedModel {
    let sources = [like, model].compactMap(\.self).count
    guard sources + (params != nil || shape.isGiven ? 1 : 0) == 1 else {
      throw CommandError(
        .usage,
        sources == 0
          ? "say which model: --params 7e9, --like NAME, --model DIR, or its shape with --layers and --hidden-size"
          : "--like and --model know the size and the shape; give one of them, or --params and a shape")
    }
    if let model {
      do throws(TrainingError) {
        return try PlannedModel.read(model)
      } catch {
        throw CommandError(error)
      }
    }
    if let like { return try PlannedModel(known(like)) }
    if let params, !(params >= 1000 && params <= 1e16) {
      throw CommandError(.usage, "--params: must be from 1000 to 1e16; it is \(NumberText.full(params))")
    }
    return try shape.model(parameters: params)
  }

  private func known(_ name: String) throws -> ModelConfiguration {
    if let model = PlannedModel.known.first(where: { $0.name == name }) { return model.shape }
    let names = PlannedModel.known.map(\.name)
    let hint =
      nearestNames(to: name, among: names, limit: 1).first.map { "did you mean \($0)?" }
      ?? "there are \(names.joined(separator: ", "))"
    throw CommandError(.usage, "--like: there is no known model '\(name)'; \(hint)")
  }
}

extension TrainingLoad.Precision: ExpressibleByArgument {}
extension Recomputation: ExpressibleByArgument {}
