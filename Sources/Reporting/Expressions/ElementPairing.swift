import Recording

/// What a wildcard stands for in one element: a word, or the number of something that is counted.
enum ElementChoice: Equatable, Sendable {
  case word(String)
  case number(Int, axis: Int)

  var text: String {
    switch self {
    case .word(let word): word
    case .number(let number, _): "\(number)"
    }
  }

  init(_ index: Int, at position: Int, of entry: Glossary.Entry) {
    if position < entry.labels.count, let words = entry.labels[position], words.indices.contains(index) {
      self = .word(words[index])
    } else {
      self = .number(index, axis: position < entry.axes.count ? entry.axes[position] : position)
    }
  }
}

extension ExpressionValue {
  /// Under a name of its own: what `r` stands for is `r[great]`, `r[fine]`, …
  func named(_ name: String) -> ExpressionValue {
    guard case .list(let elements) = self else { return self }
    return .list(
      elements.map { element in
        let indices = element.choices.map { $0.text }.joined(separator: ",")
        return element.with(ElementName("\(name)[\(indices)]"), element.value)
      })
  }

  /// Number by number with another value; nil where two lists have nothing in common.
  ///
  /// Elements of two lists belong together if their indices are the same: `surrogate - objective`. If no two have that in
  /// common, those belong together for which the wildcards stand for the same: `prob_before[was,*] * reward_model.weight[*]`.
  func combined(
    with other: ExpressionValue, _ name: (ElementName, ElementName) -> ElementName,
    _ function: (Double, Double) -> Double
  ) -> ExpressionValue? {
    switch (self, other) {
    case (.number(let x), .number(let y)): return .number(function(x, y))
    case (.list(let elements), .number(let y)):
      return .list(elements.map { $0.with(name($0.label, ElementName(y)), function($0.value, y)) })
    case (.number(let x), .list(let elements)):
      return .list(elements.map { $0.with(name(ElementName(x), $0.label), function(x, $0.value)) })
    case (.list(let lefts), .list(let rights)):
      var pairs = Self.pairs(lefts, rights) { $0.indices == $1.indices }
      if pairs.isEmpty { pairs = Self.pairs(lefts, rights) { $0.choices == $1.choices } }
      guard !pairs.isEmpty else { return nil }
      return .list(pairs.map { $0.with(name($0.label, $1.label), function($0.value, $1.value)) })
    }
  }

  private static func pairs(
    _ lefts: [Element], _ rights: [Element], where belong: (Element, Element) -> Bool
  ) -> [(Element, Element)] {
    lefts.compactMap { left in rights.first { belong(left, $0) }.map { (left, $0) } }
  }
}

extension ExpressionValue.Element {
  /// Another number in its place.
  func with(_ label: ElementName, _ value: Double) -> Self {
    Self(label: label, indices: indices, choices: choices, value: value)
  }
}
