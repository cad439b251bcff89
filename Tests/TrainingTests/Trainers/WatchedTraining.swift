import Documents
import Formats
import Objectives
import Simulation
import Testing
import Transformers

@testable import Training

/// A trainer that goes step by step while a test watches: the weights before each step, and what it recorded.
final class WatchedTraining {
  let run: SmallRun
  let method: any TrainingMethod
  /// The weights of each trained model, before the step of this number.
  private(set) var weights: [Int: [Parameters]] = [:]
  /// The first step that learns from the same samples as the step of this number.
  private(set) var roundStart: [Int: Int] = [:]
  private(set) var records: [StepRecord] = []
  private let configuration: RunConfiguration
  private let inputs: RunInputs

  init(_ trainer: Trainer, _ options: [String]) throws {
    run = try SmallRun(trainer)
    try run.endEarly()
    configuration = try run.configuration(["num_completions_to_print=0", "save_steps=0"] + options)
    inputs = try #require(try RunInputs(configuration, in: run.path()))
    method = try trainer.method(inputs)
    while method.stepsDone < method.totalSteps {
      let first = method.stepsDone + 1
      records += try method.advance { step in
        roundStart[step] = first
        weights[step] = method.trained.parts.map { Parameters(copying: $0.model.parameters) }
        return true
      }
    }
  }

  /// The options of the loss; a batch has those alone that act on it.
  var objective: Settings { configuration.settings.objective }

  var temperature: Float { Float(configuration.settings.number(.temperature)) }

  /// The recorded parts of a step.
  func batches(step: Int) throws -> [Batch] {
    try records[step - 1].batches.map { try Batch(JSONReader.read(Array($0.utf8))) }
  }

  /// The gradient by which the last step moved a model.
  func gradient(of part: Int) -> [Float] {
    let gradient = method.trained.parts[part].gradient
    return (0..<gradient.count).map { gradient.values[$0] }
  }

  /// The teacher, where there is one.
  var teacher: Transformer? { inputs.teacher?.model }

  /// A trained model with other weights.
  func model(_ part: Int, _ weights: Parameters) -> Transformer {
    Transformer(method.trained.parts[part].model.configuration, parameters: weights, workers: Workers(1))
  }

  /// The tokens of a recorded response and its prompt.
  func tokens(prompt: String, _ words: [String]) throws -> TextTokens {
    let model = inputs.model
    let ids = try words.map { word in try #require(Self.id(of: word, in: model), "no token reads '\(word)'") }
    return TextTokens(prompt: model.askedTokens(of: Example(prompt: prompt), limit: 512), response: ids)
  }

  private static func id(of word: String, in model: LanguageModel) -> Int32? {
    let ids = (0..<Int32(model.tokenizer.vocabularySize)).filter { model.tokenizer.token($0) == word }
    return ids.count == 1 ? ids[0] : nil
  }
}
