public import Autodiff

/// The loss of supervised learning: `−mean log π(token)` over all tokens of all responses.
///
/// Source: Ouyang et al. 2022, InstructGPT, section 3.5; TRL `SFTTrainer`, the cross-entropy of the completion's tokens.
public func supervisedLoss(_ logps: [[Scalar]], on tape: Tape) -> Scalar { -tape.mean(logps.flatMap { $0 }) }
