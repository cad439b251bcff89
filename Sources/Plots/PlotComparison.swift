import Recording

// Two recordings in one picture, each labelled with what it has.
extension Plot {
  /// This picture with another one of the same kind drawn into it: its points as diamonds, its curves dashed.
  ///
  /// - Parameters:
  ///   - other: What is drawn into it, as far as their axes agree.
  ///   - name: What this picture has and the other lacks, `kl_coef = 0.05`.
  ///   - otherName: What the other one has, `kl_coef = 0`.
  public func beside(_ other: Plot, name: String, otherName: String) -> Plot {
    var both = self
    for (number, panel) in other.panels.enumerated() where both.panels.indices.contains(number) {
      both.panels[number].add(panel, name: name, otherName: otherName)
    }
    let looks = [
      panels.contains { !$0.points.isEmpty } ? Mark.changed.symbol : nil,
      panels.contains { !$0.curves.isEmpty } ? "dashed" : nil, panels.contains { !$0.bars.isEmpty } ? "outlined" : nil,
    ].compactMap { $0 }
    both.subtitle = "\(looks.joined(separator: ", ")): \(otherName) · else: \(name) · " + subtitle
    return both
  }
}

extension Plot.Panel {
  fileprivate mutating func add(_ other: Plot.Panel, name: String, otherName: String) {
    guard other.x.label == x.label, other.y.label == y.label, other.x.categories == x.categories else { return }
    if curves.count == 1, other.curves.count == 1 { curves[0].label = name }
    let hasOneCurve = other.curves.count == 1
    // Both lie within the axes.
    if x.isFixed, let own = x.range, let its = other.x.range {
      x.range = min(own.lowerBound, its.lowerBound)...max(own.upperBound, its.upperBound)
    }
    for var curve in other.curves {
      (curve.tone, curve.isDashed) = (.mark(.changed), true)
      curve.label = hasOneCurve ? otherName : nil
      curves.append(curve)
    }
    for point in other.points {
      // A term of the other recording, which has no place in this one.
      var named = point
      (named.x.term, named.y.term, named.reading, named.mark) = (nil, nil, nil, .changed)
      named.label = otherName + ": " + point.label + (point.subject.term.map { ", \($0)" } ?? "")
      (named.isHighlighted, named.isNamed) = (false, false)
      points.append(named)
    }
    for var bar in other.bars {
      (bar.y.term, bar.tone, bar.isHollow, bar.showsValue) = (nil, .mark(.changed), true, false)
      bar.label = otherName + ": " + bar.label
      bar.width *= 0.6
      bars.append(bar)
    }
    let own = levels
    for var level in other.levels {
      let isThere = own.contains { $0.value == level.value && $0.isVertical == level.isVertical }
      if isThere { continue }
      (level.tone, level.handle) = (.mark(.changed), nil)
      levels.append(level)
    }
  }
}
