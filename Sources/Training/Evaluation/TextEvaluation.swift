import Autodiff
import Objectives
import Transformers

/// How likely a model finds given texts: what `train sft` would learn of them.
struct TextEvaluation {
  let model: LanguageModel
  let settings: TrainingSettings
  let progress: (_ what: String, _ done: Int, _ all: Int) -> Void

  /// Texts in one pass.
  private static let together = 16

  /// `loss`, the mean of −log π over all tokens that would be learned, natural logarithms; `perplexity`, its exponential;
  /// and `mean_token_accuracy`, the share of tokens that are the likeliest.
  func add(_ data: Dataset, to result: inout Evaluation) throws(TrainingError) {
    let texts = try SupervisedObjective(model: model, settings: settings, examples: []).texts(of: data)
    var (sum, hits, count, done) = (0.0, 0, 0, 0)
    for part in texts.inParts(of: Self.together) {
      let pass = model.model.forward(
        .scoring(part.map { $0.all }, from: part.map { $0.prompt.count }), wantsLikeliest: true)
      for (i, text) in part.enumerated() {
        for (row, isLearned) in zip(pass.batch.rows(of: i), text.isLearned ?? text.response.map { _ in true })
        where isLearned {
          sum -= Double(pass.logps[row])
          hits += pass.isLikeliest[row] ? 1 : 0
          count += 1
        }
      }
      done += part.count
      progress("evaluating", done, texts.count)
    }
    let loss = sum / Double(count)
    result.add("loss", loss)
    result.add("perplexity", Elementary.exp(loss))
    result.add("mean_token_accuracy", Double(hits) / Double(count))
    result.add("num_tokens", Double(count))
  }
}
