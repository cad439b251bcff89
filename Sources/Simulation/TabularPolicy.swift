import Autodiff
import Objectives
import Recording

/// A policy whose logits of the next token are read off a table of parameters, with a row for each state.
///
/// The state is the previous token, unless the policy sees the prompt too (``StateSpace``) or acts in a world of
/// states. Log-probabilities continue down to the logits on the tape: `log π(b|a) = θ_ab − log Σ_c e^θ_ac`.
struct TabularPolicy {
  /// `logits[a][b]`, for every state `a` in which a token can follow.
  let logits: [[Scalar]]
  private let scaled: [[Scalar]]
  private let normalizers: [Scalar]

  /// - Parameter temperature: Divides the logits.
  init(logits: [[Scalar]], temperature: Constant = Constant(1), on tape: Tape) {
    self.logits = logits
    scaled = temperature.value == 1 ? logits : logits.map { row in row.map { $0 / temperature } }
    normalizers = scaled.map { tape.logSumExp($0) }
  }

  func logp(of next: Int, after previous: Int) -> Scalar { scaled[previous][next] - normalizers[previous] }

  /// The log-probabilities of all tokens after one.
  func logps(after previous: Int) -> [Scalar] { scaled[previous].indices.map { logp(of: $0, after: previous) } }

  /// The log-probability of each token of a response to a prompt.
  func logps(of response: [Int], after prompt: [Int]) -> [Scalar] {
    zip([prompt.last ?? 0] + response, response).map { logp(of: $1, after: $0) }
  }

  /// The log-probabilities as plain numbers, `[previous][next]`.
  var table: [[Double]] {
    scaled.indices.map { a in scaled[a].map { $0.value - normalizers[a].value } }
  }
}
