import Formats
import Transformers

/// An example in tokens as `train sft` learns from it: which of them it learns, and which are only read.
public struct LearnedText: Sendable {
  /// The example's file and line.
  public let source: String
  public let line: Int
  public let ids: [Int32]
  /// The tokens as text, for display.
  public let words: [String]
  /// Whether each token is learned: made more likely after those before it.
  public let isLearned: [Bool]

  /// Every example of a configuration's dataset.
  ///
  /// Throws for what `train sft` would refuse, an example without anything to learn included.
  ///
  /// - Parameters:
  ///   - configuration: That of `train sft`.
  ///   - say: Receives a line about data that are cut or left out.
  public static func all(
    _ configuration: RunConfiguration, say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> [LearnedText] {
    guard let inputs = try RunInputs(configuration, in: "", trainsStages: false, say: say) else { return [] }
    let objective = SupervisedObjective(model: inputs.model, settings: inputs.settings, examples: [])
    return zip(inputs.data.examples, try objective.texts(of: inputs.data)).map { example, text in
      let learned = text.isLearned ?? Array(repeating: true, count: text.response.count)
      return LearnedText(
        source: example.source, line: example.line, ids: text.all, words: inputs.model.words(text.all),
        isLearned: Array(repeating: false, count: text.prompt.count) + learned)
    }
  }
}
