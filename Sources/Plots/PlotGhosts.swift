import Recording

// What was there before a change, pale behind what is there now.
extension Plot {
  /// This picture over what another one of the same kind shows, as far as that differs.
  public func over(_ former: Plot) -> Plot {
    var both = self
    for (number, panel) in panels.enumerated() where former.panels.indices.contains(number) {
      both.panels[number].add(ghostsOf: former.panels[number], unlike: panel)
    }
    return both
  }
}

extension Plot.Panel {
  fileprivate mutating func add(ghostsOf former: Plot.Panel, unlike own: Plot.Panel) {
    guard former.x.label == x.label, former.y.label == y.label, former.x.categories == x.categories else { return }
    let places = own.points.map { PlotPlace(x: $0.x.value, y: $0.y.value) }
    let ghosts = former.points.filter { !places.contains(PlotPlace(x: $0.x.value, y: $0.y.value)) }.map { $0.ghost }
    points = ghosts + points
    let drawn = own.curves.map { $0.places }
    curves = former.curves.filter { !drawn.contains($0.places) }.map { $0.ghost } + curves
    let heights = own.bars.map { PlotPlace(x: $0.x, y: $0.y.value) }
    bars += former.bars.filter { !heights.contains(PlotPlace(x: $0.x, y: $0.y.value)) }.map { $0.ghost }
  }
}

/// A place between the axes.
private struct PlotPlace: Equatable {
  let x, y: Double
}

extension Plot.Point {
  /// The same point as a mere place, pale and hollow.
  fileprivate var ghost: Plot.Point {
    Plot.Point(
      x: Plot.Reading(value: x.value, term: nil), y: Plot.Reading(value: y.value, term: nil), beat: beat, mark: nil,
      tone: .faint, isCut: true, label: "before the change: " + label)
  }
}

extension Plot.Curve {
  fileprivate var places: [PlotPlace] { vertices.map { PlotPlace(x: $0.x, y: $0.y) } }

  fileprivate var ghost: Plot.Curve {
    var ghost = self
    (ghost.tone, ghost.weight, ghost.label) = (.faint, .normal, nil)
    return ghost
  }
}

extension Plot.Bar {
  fileprivate var ghost: Plot.Bar {
    var ghost = self
    (ghost.y.term, ghost.tone, ghost.isHollow, ghost.showsValue) = (nil, .faint, true, false)
    return ghost
  }
}
