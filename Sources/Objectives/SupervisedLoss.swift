public import Autodiff

/// The loss of supervised learning: `−mean log π(token)` over all tokens of all responses.
///
/// Source: Ouyang et al. 2022, InstructGPT, section 3.5; TRL `SFTTrainer`, the cross-entropy of the completion's tokens.
///
/// - Parameters:
///   - logps: The policy's log-probability of each token, by response.
///   - stepTokens: How many tokens the whole optimizer step learns from, by which the sum is divided; nil where these
///     are all of them.
///   - tape: Where the arithmetic is recorded.
public func supervisedLoss(_ logps: [[Scalar]], stepTokens: Double? = nil, on tape: Tape) -> Scalar {
  let logps = logps.flatMap { $0 }
  guard let stepTokens else { return -tape.mean(logps) }
  return -(tape.sum(logps) / Count.stepTokens.value(stepTokens))
}
