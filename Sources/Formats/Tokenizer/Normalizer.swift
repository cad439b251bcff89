import Foundation

/// Changes text before it is split.
enum Normalizer: Sendable {
  case sequence([Normalizer])
  case nfc, nfd, nfkc, nfkd
  case prepend(String)
  case replace(Pattern, String)

  func normalized(_ text: String) -> String {
    switch self {
    case .sequence(let steps): steps.reduce(text) { $1.normalized($0) }
    case .nfc: text.precomposedStringWithCanonicalMapping
    case .nfd: text.decomposedStringWithCanonicalMapping
    case .nfkc: text.precomposedStringWithCompatibilityMapping
    case .nfkd: text.decomposedStringWithCompatibilityMapping
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let replacement): pattern.replacing(in: text, with: replacement)
    }
  }
}
