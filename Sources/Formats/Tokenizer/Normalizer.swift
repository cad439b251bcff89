#if !hasFeature(Embedded)
  import Foundation
#endif

/// Changes text before it is split.
enum Normalizer: Sendable {
  case sequence([Normalizer])
  #if !hasFeature(Embedded)
    case nfc, nfd, nfkc, nfkd
    case lowercase, stripAccents
    case bert(BertNormalizer)
    case precompiled(PrecompiledNormalizer)
  #endif
  case strip(left: Bool, right: Bool)
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
      case .lowercase: BertNormalizer.lowercased(text)
      case .stripAccents: text.keeping { !Self.isCombining($0) }
      case .bert(let normalizer): normalizer.normalized(text)
      case .precompiled(let normalizer): normalizer.normalized(text)
    #endif
    case .strip(let left, let right): Self.stripped(text, left, right)
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let replacement): pattern.replacing(in: text, with: replacement)
    }
  }

  private static func stripped(_ text: String, _ left: Bool, _ right: Bool) -> String {
    var scalars = text.unicodeScalars[...]
    if left { scalars = scalars.drop { $0.properties.isWhitespace } }
    while right, let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }
}

extension String {
  /// The scalars that pass.
  func keeping(_ isKept: (Unicode.Scalar) -> Bool) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in unicodeScalars where isKept(scalar) { kept.append(scalar) }
    return String(kept)
  }
}
