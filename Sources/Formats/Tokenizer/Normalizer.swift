#if !hasFeature(Embedded)
  import Foundation
#endif

/// Changes text before it is split.
enum Normalizer: Sendable {
  case sequence([Normalizer])
  #if !hasFeature(Embedded)
    case nfc, nfd, nfkc, nfkd
  #endif
  case prepend(String)
  case replace(Pattern, String)

  func normalized(_ text: String) -> String {
    switch self {
    case .sequence(let steps): steps.reduce(text) { $1.normalized($0) }
    #if !hasFeature(Embedded)
      case .nfc: text.precomposedStringWithCanonicalMapping
      case .nfd: text.decomposedStringWithCanonicalMapping
      case .nfkc: text.precomposedStringWithCompatibilityMapping
      case .nfkd: text.decomposedStringWithCompatibilityMapping
    #endif
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let replacement): pattern.replacing(in: text, with: replacement)
    }
  }
}
