import Autodiff
import Transformers

extension LanguageModel {
  /// Responses to some prompts, for people to look at; a trainer of texts has no options of sampling.
  func samples(of prompts: [String], count: Int, step: Int, _ settings: TrainingSettings) -> [Sample] {
    let prompts = Array(prompts.prefix(count))
    guard !prompts.isEmpty else { return [] }
    var sampling = Sampling(maxTokens: 48)
    sampling.stopTokens = stops
    let responses = model.generate(
      prompts.map { promptTokens($0, limit: model.configuration.positionLimit - sampling.maxTokens) }, sampling
    ) { RandomStream(seed: settings.seed, purpose: TrainingPurpose.evaluation, UInt32($0)) }
    return zip(prompts, responses).map { Sample(step: step, prompt: $0, completion: text($1.tokens)) }
  }
}
