/// The names of an axis' categories, each in at most three lines of its slot's width; or, of single words, in as many rows as
/// it takes for each to have room.
struct CategoryNames {
  let lines: [[String]]
  /// The names are in these rows by turns.
  let rows: Int

  init(_ panel: Plot.Panel, width: Double) {
    let axis = panel.x
    let slot = width / (Double(axis.categories.count) + 0.2) / PlotDrawing.width(of: "m", size: 11.5)
    let whole = CategoryNames(axis.categories, slot: slot)
    let isCut = whole.lines.contains { $0.contains { $0.last == "…" } }
    let hasShort = axis.shortCategories.count == axis.categories.count
    self = isCut && hasShort ? CategoryNames(axis.shortCategories, slot: slot) : whole
  }

  /// - Parameters:
  ///   - names: All of them.
  ///   - slot: The width for each, in letters.
  private init(_ names: [String], slot: Double) {
    let longest = names.map { $0.count }.max() ?? 0
    func fits(_ rows: Int) -> Bool { longest <= Int(Double(rows) * slot) - 1 }
    let areWords = names.allSatisfy { !$0.contains(" ") }
    let rows = areWords ? [1, 2, 3].first { fits($0) } ?? 1 : 1
    let room = max(3, Int(Double(rows) * slot) - 1)
    self.rows = rows
    lines = names.map { Self.lines(of: $0, in: room) }
  }

  /// How many lines all of them take.
  var height: Int { (lines.map { $0.count }.max() ?? 1) + rows - 1 }

  private static func lines(of name: String, in room: Int) -> [String] {
    var lines: [String] = []
    for word in name.split(separator: " ") {
      let word = word.count <= room ? String(word) : word.prefix(room - 1) + "…"
      if let last = lines.last, last.count + 1 + word.count <= room {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines.count <= 3 ? lines : lines.prefix(2) + ["…"]
  }
}
