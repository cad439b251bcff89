import ArgumentParser
import Foundation
import Training
import Transformers

/// `gradus export merged`: adapters and their base as one model.
struct ExportMergedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merged",
    abstract: "Write LoRA adapters and the model that they belong to as one model.",
    usage: "gradus export merged ADAPTERS --output DIR",
    discussion: """
      ADAPTERS is a folder with adapter_config.json and adapter_model.safetensors: what gradus train writes with \
      use_peft, or PEFT. The new folder is a model for transformers and for --model, in 32-bit floats. Example:

        gradus export merged runs/sft/model --output merged
      """)

  @Argument(help: ArgumentHelp("The folder of the adapters.", valueName: "ADAPTERS"))
  var adapters: String

  @Option(help: ArgumentHelp("The folder to write; it must not be there yet.", valueName: "DIR"))
  var output: String

  func run() throws {
    if FileManager.default.fileExists(atPath: output) {
      throw CommandError(.usage, "\(output): is there already; name a new folder")
    }
    do throws(TrainingError) {
      let model = try LanguageModel.read(adapters, for: .frozen)
      guard model.model.lowRank != nil else {
        throw TrainingError(.usage, "\(adapters): is a whole model, and has no adapters to merge")
      }
      try LanguageModel(model.model.merged(), model.tokenizer).write(to: output)
    } catch {
      throw CommandError(error)
    }
    try Output.write("wrote \(output)\n")
  }
}
