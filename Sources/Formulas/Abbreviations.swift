import Autodiff

/// A formula in which what comes twice is written once: `e^−x − 1 + x` with x = log π − log π_ref.
public struct AbbreviatedFormula: Sendable {
  public let formula: Formula
  /// What each abbreviation stands for, with the letters of the sums around it that it uses.
  public let parts: [(letters: [Letter], formula: Formula)]

  public init(_ formula: Formula) {
    var formula = formula
    var parts: [(letters: [Letter], formula: Formula)] = []
    while let repeated = formula.largestRepeatedPart {
      let letters = formula.lettersBound(around: repeated)
      formula = formula.replacing(repeated, by: .abbreviation(parts.count, letters))
      parts.append((letters, repeated))
    }
    self.formula = formula
    self.parts = parts
  }
}

extension Formula {
  /// The largest operation that occurs at least twice, if one of some size does.
  fileprivate var largestRepeatedPart: Formula? {
    var seen: [Formula] = []
    var best: Formula?
    visit { part in
      guard case .operation = part, part.quantityCount >= 2 else { return }
      if seen.contains(part) {
        if part.size > best?.size ?? 0 { best = part }
      } else {
        seen.append(part)
      }
    }
    return best
  }

  private var quantityCount: Int {
    if case .quantity = self { return 1 }
    return parts.reduce(0) { $0 + $1.quantityCount }
  }

  fileprivate func replacing(_ part: Formula, by other: Formula) -> Formula {
    self == part ? other : replacingParts { $0.replacing(part, by: other) }
  }

  /// The letters of the sums that a part stands in and that it uses.
  fileprivate func lettersBound(around part: Formula) -> [Letter] {
    guard self != part else { return [] }
    for inner in parts {
      guard inner == part || inner.holds(part) else { continue }
      let deeper = inner.lettersBound(around: part)
      guard case .range(_, let letters, _, _) = self else { return deeper }
      return letters.filter { part.contains($0) } + deeper
    }
    return []
  }

  private func holds(_ part: Formula) -> Bool { parts.contains { $0 == part || $0.holds(part) } }
}
