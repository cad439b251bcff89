import Autodiff
import Transformers

extension LanguageModel {
  /// Responses to some prompts, for people to look at; a trainer of texts has no options of sampling.
  func samples(of examples: [Example], count: Int, step: Int, _ settings: TrainingSettings) -> [Sample] {
    let examples = Array(examples.prefix(count))
    guard !examples.isEmpty else { return [] }
    var sampling = Sampling(maxTokens: 48)
    sampling.stopTokens = stops
    let responses = model.generate(
      examples.map { askedTokens(of: $0, limit: model.configuration.positionLimit - sampling.maxTokens) }, sampling
    ) { RandomStream(seed: settings.seed, purpose: TrainingPurpose.evaluation, UInt32($0)) }
    return zip(examples, responses).map { Sample(step: step, prompt: $0.prompt, completion: text($1.tokens)) }
  }
}
