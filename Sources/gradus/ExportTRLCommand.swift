import ArgumentParser
import Training

/// `gradus export trl`: a run as a folder with which TRL and accelerate continue it.
struct ExportTRLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trl",
    abstract: "Write a script, a config, the data and the checkpoint with which TRL goes on.",
    discussion: """
      RUN is the folder of a run of gradus train sft, reward, dpo, grpo or ppo. What is written needs nothing else and \
      can be copied to a machine with GPUs:

        gradus export trl runs/dpo --output dpo-trl
        cd dpo-trl
        accelerate launch --config_file accelerate.yaml train.py --config config.yaml

      TRL goes on with the same weights, moments of AdamW, learning rate, options and order of the data. What TRL does \
      differently is printed and written into config.yaml.
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "RUN"))
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The checkpoint's step, or 0 for the run's beginning (default: the latest with steps left).",
      valueName: "STEP"))
  var checkpoint: Int?

  @Option(help: ArgumentHelp("The folder to write, new or empty (default: RUN/trl).", valueName: "DIR"))
  var output: String?

  func run() throws {
    let place = output ?? "\(folder)/trl"
    do throws(TrainingError) {
      let export = try TRLExport(run: folder, step: checkpoint)
      for note in try export.write(to: place) { Output.complain("note: \(note)") }
      Output.complain("\(place) goes on from step \(export.step) of \(export.totalSteps); its README.md says how")
    } catch {
      throw CommandError(error)
    }
  }
}
