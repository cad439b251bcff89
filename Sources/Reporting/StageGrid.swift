/// The rows of a stage's diagram in the order of the data flow, each with the cells of every column.
struct StageGrid {
  /// The numbers of cells, by row and column.
  private(set) var rows: [[[Int]]] = []

  init(_ plan: StagePlan) {
    let kinds = Self.kinds(of: plan)
    let levels = Self.levels(of: kinds, in: plan)
    for level in 0...(levels.max() ?? 0) {
      let members = kinds.indices.filter { levels[$0] == level }.map { kinds[$0] }
      // Side by side as long as the screen is wide enough, then one below the other.
      let isWide = members.count * plan.columns.count > 8
      for part in isWide ? members.map({ [$0] }) : [members] where !part.isEmpty {
        rows.append(
          plan.columns.map { column in
            plan.cells.indices.filter { plan.cells[$0].column == column && part.contains(plan.cells[$0].row) }
          })
      }
    }
  }

  /// What can stand in a row, in the order of appearance.
  private static func kinds(of plan: StagePlan) -> [Int] {
    var kinds: [Int] = []
    for cell in plan.cells where cell.column != nil && !kinds.contains(cell.row) { kinds.append(cell.row) }
    return kinds
  }

  /// How many steps of the data flow lie before each; inputs stand right before their first use.
  private static func levels(of kinds: [Int], in plan: StagePlan) -> [Int] {
    var levels = kinds.map { _ in 0 }
    let steps = plan.links.compactMap { link -> (from: Int, to: Int)? in
      guard let from = kinds.firstIndex(of: plan.cells[link.from].row),
        let to = kinds.firstIndex(of: plan.cells[link.to].row), from != to
      else { return nil }
      return (from, to)
    }
    // As many rounds as there are kinds reach the longest way, and stop where a way runs in a circle.
    for _ in kinds {
      for step in steps { levels[step.to] = max(levels[step.to], min(levels[step.from] + 1, kinds.count)) }
    }
    for kind in kinds.indices where kinds[kind] % 2 == 0 {
      let uses = steps.filter { $0.from == kind }.map { levels[$0.to] }
      if let first = uses.min() { levels[kind] = max(levels[kind], first - 1) }
    }
    return levels
  }
}
