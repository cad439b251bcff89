import Documents
import Objectives
import Transformers

/// A run of a trainer on its built-in task, with nothing around it: no folder, no files, no clock.
///
/// A trainer that needs a model to start from, or one that scores, gets it as `gradus train` does, from a stage before its own.
final class PageRun {
  private let task: BuiltInTask
  /// Each stage's settings, those of the run itself last.
  private var stages: [TrainingSettings]
  private var stage = 0
  private var method: any TrainingMethod
  /// What the stages so far have made: what writes, and what scores.
  private var policy: LanguageModel
  private var rewardModel: LanguageModel?
  private let parameters: Int

  /// - Parameters:
  ///   - name: The trainer's name.
  ///   - settings: What is set differently from the task's standards, as after `--set`.
  ///   - start: The same of the stages that make the models to start from.
  init(_ name: String, settings: [PageTraining.Setting], start: [PageTraining.Setting]) throws(TrainingError) {
    guard let trainer = Trainer.named(name), PageTraining.trains(trainer) else {
      throw TrainingError(.usage, "a page does not train «\(name)»")
    }
    var stages: [TrainingSettings] = []
    do throws(OptionError) {
      let plain = TrainingSettings(trainer)
      let task = try Self.task(of: plain)
      var own = try TrainingSettings(trainer, suiting: task)
      try own.set(settings)
      self.task = own.seed == plain.seed ? task : try Self.task(of: own)
      if !trainer.makesModel {
        var first = try own.stage(.sft, of: task)
        try first.set(start)
        stages.append(first)
      }
      if trainer.takesRewardModel {
        var second = try own.stage(.reward, of: task)
        try second.set(start)
        stages.append(second)
      }
      stages.append(own)
    } catch {
      throw TrainingError(.usage, error.message)
    }
    for stage in stages {
      if let problem = stage.trainer.problem(stage) { throw TrainingError(.usage, problem) }
    }
    self.stages = stages
    let model = try LanguageModel.new(
      stages[0], task: task, data: task.training[stages[0].trainer.data], workers: Workers(1))
    policy = model
    parameters = model.model.parameters.count
    method = try stages[0].trainer.method(
      RunInputs(stages[0], task, model: model, keepsReference: true))
  }

  private static func task(of settings: TrainingSettings) throws(OptionError) -> BuiltInTask {
    do throws(TrainingError) {
      return try BuiltInTask.named(settings.trainer.task(settings), seed: settings.seed)
    } catch {
      throw OptionError(message: error.message)
    }
  }

  private var settings: TrainingSettings { stages[stage] }
  private var isLastStage: Bool { stage == stages.count - 1 }

  // MARK: - A step

  /// Takes the next optimizer step, or all that learn from one sampled batch; between two stages it only evaluates.
  func advance(_ json: inout JSONWriter) throws(TrainingError) {
    var records: [StepRecord] = []
    if method.stepsDone >= method.totalSteps, !isLastStage {
      if settings.trainer.scores { rewardModel = method.result } else { policy = method.result }
      stage += 1
      let asked = settings.trainer.takesRewardModel ? rewardModel : nil
      method = try settings.trainer.method(
        RunInputs(
          settings, task, model: policy,
          rewardModel: asked.map { LanguageModel($0.model.frozen(), $0.tokenizer) }, keepsReference: true))
      try writeEvaluation(&json)
    } else {
      let (before, isRecorded) = (method.stepsDone, isLastStage)
      // As the training loop does: before the first step, at intervals, after the last one.
      if method.stepsDone < method.totalSteps { records = try method.advance { _ in isRecorded } }
      let interval = settings.integer(.evalSteps)
      let isTime = interval > 0 && before / interval != method.stepsDone / interval
      if isTime || method.stepsDone >= method.totalSteps { try writeEvaluation(&json) }
    }
    json.key("stage")
    json.integer(stage)
    json.key("step")
    json.integer(method.stepsDone)
    json.key("headline")
    json.strings(method.headline)
    json.key("tokens")
    json.integer(method.tokensDone)
    json.key("is_done")
    json.bool(isLastStage && method.stepsDone >= method.totalSteps)
    json.key("records")
    json.beginArray()
    for record in records { write(record, &json) }
    json.endArray()
  }

  private func write(_ record: StepRecord, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("step")
    json.integer(record.step)
    write(record.metrics, &json)
    json.key("batches")
    json.strings(record.batches)
    json.endObject()
  }

  private func writeEvaluation(_ json: inout JSONWriter) throws(TrainingError) {
    json.key("held_out")
    json.beginObject()
    write(try method.evaluate(), &json)
    json.endObject()
    json.key("samples")
    json.beginArray()
    for sample in try method.samples(settings.integer(.sampleTexts)) {
      json.beginObject()
      for (key, text) in [("prompt", sample.prompt), ("completion", sample.completion)] {
        json.key(key)
        json.string(text)
      }
      if let reward = sample.reward {
        json.key("reward")
        json.number(reward)
      }
      json.endObject()
    }
    json.endArray()
  }

  private func write(_ metrics: [MetricValue], _ json: inout JSONWriter) {
    json.key("values")
    json.beginObject()
    for metric in metrics {
      json.key(metric.name)
      json.number(metric.value)
    }
    json.endObject()
  }

  // MARK: - Changing it while it runs

  /// Sets an option of the run from the next step on; of a stage before it, nothing changes.
  func set(_ name: String, to text: String) throws(TrainingError) {
    var changed = stages[stages.count - 1]
    guard changed.trainer.adjustable.contains(where: { $0.name == name }) else {
      throw TrainingError(.usage, "\(name) cannot be changed while train \(changed.trainer.name) runs")
    }
    do throws(OptionError) { try changed.set(name: name, to: text) } catch {
      throw TrainingError(.usage, error.message)
    }
    if let problem = changed.trainer.problem(changed) { throw TrainingError(.usage, problem) }
    stages[stages.count - 1] = changed
    if isLastStage { method.change(changed) }
  }

  // MARK: - Telling the page

  func describe(_ json: inout JSONWriter) {
    let trainer = stages[stages.count - 1].trainer
    // What a task shows, it shows in the end: a model to start from is no news.
    let sentence = trainer.makesModel ? "it imitates the texts of \(task.name)" : task.sentence
    for (key, text) in [("trainer", trainer.name), ("task", task.name), ("sentence", sentence)] {
      json.key(key)
      json.string(text)
    }
    if let note = stages[stages.count - 1].note {
      json.key("note")
      json.string(note)
    }
    json.key("parameters")
    json.integer(parameters)
    json.key("stages")
    json.beginArray()
    for settings in stages { write(settings, &json) }
    json.endArray()
    json.key("controls")
    json.beginArray()
    for option in trainer.adjustable { write(option, &json) }
    json.endArray()
  }

  private func write(_ settings: TrainingSettings, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("trainer")
    json.string(settings.trainer.name)
    json.key("steps")
    json.integer(settings.totalSteps(examples: task.training[settings.trainer.data].examples.count))
    json.endObject()
  }

  private func write(_ option: AnyTrainingOption, _ json: inout JSONWriter) {
    json.beginObject()
    let value = stages[stages.count - 1][option].text
    for (key, text) in [
      ("name", option.name), ("value", value), ("sentence", option.sentence), ("expectation", option.expectation),
    ] {
      json.key(key)
      json.string(text)
    }
    json.endObject()
  }

  /// The hash of all weights: the same as that of a `gradus train` with the same settings and the portable kernels.
  func describeWeights(_ json: inout JSONWriter) {
    json.key("checksum")
    json.string(String(method.result.model.parameters.checksum, radix: 16))
  }
}

extension Trainer {
  /// The options that may change between two steps: those of the loss that every reader knows, and how much is learned.
  var adjustable: [AnyTrainingOption] {
    let roles: [Algorithm.Role] = [.clipLow, .clipHigh, .klWeight]
    let objective = roles.compactMap { algorithm.option($0) }.map { AnyTrainingOption.objective($0) }
    let run = [answers].compactMap { $0 } + repeats + [.learningRate]
    return objective + run.map { AnyTrainingOption.run($0) }
  }
}

extension TrainingSettings {
  fileprivate mutating func set(_ assignments: [PageTraining.Setting]) throws(OptionError) {
    for (name, value) in assignments { try set(name: name, to: value) }
  }

  /// What a reader should know who changes the clip.
  fileprivate var note: String? {
    guard let clip = trainer.algorithm.option(.clipLow), let repeats = trainer.repeats.first, stepsPerRound == 1 else {
      return nil
    }
    return
      "Each batch is learned from once, where every ratio is 1: \(clip.name) matters as soon as \(repeats.name) is more."
  }
}
