import Documents
import Formats
import Foundation
import Transformers

/// The models of an export: what the run began with, what it has become, and AdamW's moments.
struct TRLModels {
  let run: RunDirectory
  let inputs: RunInputs
  let position: TRLPosition

  private var settings: TrainingSettings { run.configuration.settings }
  private var trainer: Trainer { run.configuration.trainer }

  /// Options whose value at the checkpoint differs from that at the beginning.
  var changedOptions: [String: String] {
    guard let coefficient = position.state.numbers["kl_coef"] else { return [:] }
    return ["kl_coef": NumberText.full(coefficient)]
  }

  /// Writes the models' folders and says what is where.
  func write(to folder: String) throws(TrainingError) -> [TRLTranslation.Line] {
    var lines = try writeFirst(to: folder)
    if let checkpoint = position.checkpoint {
      let name = "checkpoint-\(position.step)"
      try copy("\(checkpoint)/model", to: "\(folder)/\(name)")
      if let shape { try writeConfiguration(of: shape, to: "\(folder)/\(name)") }
      try writeMoments(of: checkpoint, to: "\(folder)/\(name)/moments.safetensors")
      if trainer.trl.ownLoop != nil {
        try copy("\(checkpoint)/critic", to: "\(folder)/\(name)/critic")
        lines += proximal(policy: name, critic: "\(name)/critic", moments: "\(name)/moments.safetensors")
      } else {
        try RunFile.write(trainerState, to: "\(folder)/\(name)/trainer_state.json")
        lines.append(.init(name: "resume_from_checkpoint", value: name, comment: "its weights, moments and step"))
      }
    } else if trainer.trl.ownLoop != nil {
      try (inputs.rewardModel ?? inputs.scalarModel).write(to: "\(folder)/critic")
      lines += proximal(policy: "model", critic: "critic", moments: "null")
    }
    if let reward = inputs.rewardModel {
      try reward.write(to: "\(folder)/reward_model")
      if trainer.trl.ownLoop != nil {
        let value = inputs.scoresByTemplate ? "null" : "reward_model"
        lines.append(.init(name: "reward_model", value: value, comment: "what scores; null takes rewards.py"))
      }
    }
    if let teacher = inputs.teacher {
      try teacher.write(to: "\(folder)/teacher", roundingAsRead: true)
      lines.append(.init(name: "teacher", value: "teacher", comment: "what judges each token"))
    }
    return lines
  }

  /// The adapters that are trained, if they alone are, on the model beside them.
  private var shape: LowRank? {
    var shape = inputs.model.model.lowRank
    shape?.base = "model"
    return shape
  }

  /// What the run began with: a model, or a model and the adapters on it.
  private func writeFirst(to folder: String) throws(TrainingError) -> [TRLTranslation.Line] {
    let first = "what the run began with, and the tokenizer"
    let lines = [TRLTranslation.Line(name: "model", value: "model", comment: first)]
    guard let shape else {
      try (trainer.scores ? inputs.scalarModel : inputs.model).write(to: "\(folder)/model")
      return lines
    }
    let (adapted, tokenizer) = (inputs.model.model, inputs.model.tokenizer)
    try LanguageModel(adapted.unadapted(), tokenizer).write(to: "\(folder)/model", roundingAsRead: true)
    do throws(FileError) {
      try AdapterDirectory.write(adapted, shape, tokenizer, to: "\(folder)/adapter")
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
    return lines + [.init(name: "adapter", value: "adapter", comment: "LoRA's, which alone are trained")]
  }

  private func writeConfiguration(of shape: LowRank, to path: String) throws(TrainingError) {
    do throws(FileError) {
      try AdapterDirectory.write(shape, inputs.model.model.configuration.head, to: path)
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
  }

  private func proximal(policy: String, critic: String, moments: String) -> [TRLTranslation.Line] {
    let total = (position.totalSteps + settings.stepsPerRound - 1) / settings.stepsPerRound
    return [
      .init(name: "policy", value: policy, comment: "its weights now; model is the frozen reference"),
      .init(name: "critic", value: critic), .init(name: "moments", value: moments, comment: "AdamW's, of both"),
      .init(name: "steps_done", value: "\(position.step)"),
      .init(
        name: "rounds_done", value: "\(position.roundsDone(trainer))",
        comment: "batches of responses that were learned from"),
      .init(name: "total_rounds", value: "\(total)"),
    ]
  }

  /// The part of a checkpoint that transformers' `Trainer` reads beside weights and optimizer; its intervals override
  /// `config.yaml`.
  private var trainerState: String {
    var numbers = [
      ("global_step", position.step), ("max_steps", position.totalSteps),
      ("train_batch_size", settings.integer(.batchSize)), ("logging_steps", 1),
    ]
    for (name, option) in [("eval_steps", TrainingOption.evalSteps), ("save_steps", .saveSteps)]
    where settings.integer(option) > 0 {
      numbers.append((name, settings.integer(option)))
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    for (key, number) in numbers {
      json.key(key)
      json.integer(number)
    }
    // A state that is loaded replaces this one, without which the next checkpoint cannot be saved.
    json.key("stateful_callbacks")
    json.beginObject()
    json.key("TrainerControl")
    json.beginObject()
    for part in ["args", "attributes"] {
      json.key(part)
      json.beginObject()
      json.endObject()
    }
    json.endObject()
    json.endObject()
    json.endObject()
    return json.text + "\n"
  }

  private func copy(_ from: String, to path: String) throws(TrainingError) {
    do {
      try FileManager.default.copyItem(atPath: from, toPath: path)
    } catch {
      throw TrainingError(.writeFailed, "\(path): cannot be copied from \(from): \(error.localizedDescription)")
    }
  }

  // MARK: - Moments

  /// Gives every parameter's moments a name of their own: `exp_avg/model.norm.weight`, `exp_avg_sq/…`.
  private func writeMoments(of checkpoint: String, to path: String) throws(TrainingError) {
    do throws(FileError) {
      let file = try Safetensors(path: "\(checkpoint)/training.safetensors")
      var tensors: [StoredTensors] = []
      for (part, prefix) in trainer.trl.parts {
        let isAdapted = shape != nil
        let layout =
          isAdapted
          ? inputs.model.model.trainedLayout
          : ParameterLayout(try ModelDirectory.readConfiguration("\(checkpoint)/\(part)"))
        let names = isAdapted ? AdapterDirectory.prefix : prefix
        for (own, theirs) in [("first", "exp_avg"), ("second", "exp_avg_sq")] {
          let moments = try Self.read("\(part).\(own)", count: layout.count, from: file)
          tensors.append(StoredTensors(moments, of: layout, prefix: "\(theirs)/\(names)"))
        }
      }
      // The sources point into the tensors' memory.
      let result = Result { () throws(FileError) in try Safetensors.write(tensors.flatMap(\.sources), to: path) }
      withExtendedLifetime(tensors) {}
      try result.get()
    } catch {
      throw TrainingError(error)
    }
  }

  private static func read(_ name: String, count: Int, from file: Safetensors) throws(FileError) -> Parameters {
    guard let tensor = file.tensor(named: name), tensor.shape == [count] else {
      throw FileError(file.path, "the tensor '\(name)' with \(count) numbers is missing")
    }
    let moments = Parameters(count: count)
    try file.read(tensor, into: moments[0..<count])
    return moments
  }
}
