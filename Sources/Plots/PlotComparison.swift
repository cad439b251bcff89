import Recording

// Two recordings in one picture, each labelled with what it has.
extension Plot {
  /// This picture with another one of the same kind drawn into it: its points as diamonds, its curves dotted.
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
    let isDotted = both.panels.contains { $0.curves.contains { $0.stroke == .dotted } }
    let looks = [
      panels.contains { !$0.points.isEmpty } ? Mark.changed.symbol : nil, isDotted ? "dotted" : nil,
      panels.contains { !$0.bars.isEmpty } ? "outlined" : nil,
    ].compactMap { $0 }
    let legend = "\(looks.joined(separator: ", ")): \(otherName) · else: \(name)"
    both.subtitle = subtitle.isEmpty ? legend : legend + " · " + subtitle
    return both
  }
}

extension Plot.Panel {
  fileprivate mutating func add(_ other: Plot.Panel, name: String, otherName: String) {
    guard other.x.label == x.label, other.y.label == y.label, other.x.categories == x.categories else { return }
    let hasOneCurve = curves.count == 1 && other.curves.count == 1
    if hasOneCurve { curves[0].label = name }
    // Both lie within the axes.
    if x.isFixed, let own = x.range, let its = other.x.range {
      x.range = min(own.lowerBound, its.lowerBound)...max(own.upperBound, its.upperBound)
    }
    let drawn = curves
    for var curve in other.curves where !drawn.contains(where: { $0.runs(along: curve) }) {
      // Of several curves each has its own colour, in which its name is.
      if hasOneCurve { curve.tone = .mark(.changed) }
      curve.stroke = .dotted
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
    // An outline is the other's: of what it draws as outlines itself, that from which it came, only the own is shown.
    for var bar in other.bars where !bar.isHollow {
      (bar.y.term, bar.tone, bar.isHollow, bar.showsValue) = (nil, .mark(.changed), true, false)
      bar.label = otherName + ": " + bar.label
      bar.width *= 0.6
      bars.append(bar)
    }
    let own = levels
    for var level in other.levels {
      let isThere = own.contains { $0.value == level.value && $0.isVertical == level.isVertical }
      if isThere { continue }
      // Its hue, which is that of the other's points, says whose it is: a long name would lie over what is between the lines.
      (level.tone, level.handle) = (.mark(.changed), nil)
      levels.append(level)
    }
  }
}

extension Plot.Curve {
  /// Whether another curve says the same, and goes hardly further: its vertices lie on this one.
  fileprivate func runs(along other: Plot.Curve) -> Bool {
    let (low, high) = (other.vertices.map { $0.y }.min() ?? 0, other.vertices.map { $0.y }.max() ?? 0)
    var common = 0
    for vertex in other.vertices where vertex.y.isFinite {
      guard let own = height(at: vertex.x) else { continue }
      if (own - vertex.y).magnitude > 1e-3 * (high - low) { return false }
      common += 1
    }
    return common * 10 >= other.vertices.count * 9
  }

  /// Of a curve from left to right, its height at a place; nil beyond its ends.
  private func height(at x: Double) -> Double? {
    for (a, b) in zip(vertices, vertices.dropFirst()) where a.x <= x && x <= b.x {
      return b.x == a.x ? a.y : a.y + (x - a.x) / (b.x - a.x) * (b.y - a.y)
    }
    return nil
  }
}
