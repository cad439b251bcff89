import Documents

/// What expressions are in each run of a variation.
///
/// One number by two options or more has a column for each value of the last one; otherwise each number has a column.
struct VariationTable {
  struct Reading {
    let expression: String
    /// Of a wildcard, one of the terms that it stands for.
    let name: String
    let value: Double
    /// What it is shown as, if not as a number.
    let word: String?
  }

  private let variation: Variation
  /// Where the runs were read, in words.
  private let place: String
  private var readings: [(setting: Variation.Setting, reading: Reading)] = []

  init(_ variation: Variation, place: String) {
    self.variation = variation
    self.place = place
  }

  mutating func add(_ readings: [Reading], for setting: Variation.Setting) {
    self.readings += readings.map { (setting, $0) }
  }

  func hasReadings(of expression: String) -> Bool { readings.contains { $0.reading.expression == expression } }

  var text: StyledText {
    var text = StyledText()
    text.line(wrap(caption, indent: 0))
    var table = TextTable(header: rowAxes.map { $0.name } + columns.map { $0.title }, alignedLeft: rowAxes.count)
    let rows = Variation.combinations(rowAxes)
    let count = variation.averaged.reduce(1) { $0 * $1.values.count }
    let numbers = columns.map { column in
      var cells = rows.map { self.text(of: readings($0 + column.setting, column.name), outOf: count) }
      if isSeedByRow { cells.append(self.text(of: readings(column.setting, column.name), outOf: count * rows.count)) }
      return NumberText.alignedAtPoint(cells)
    }
    for (index, row) in rows.enumerated() { table.add(row.map { $0.value } + numbers.map { $0[index] }) }
    if isSeedByRow { table.add(["mean"] + numbers.map { $0[rows.count] }) }
    text.add(table.text)
    return text
  }

  // MARK: Rows and columns

  private struct Column {
    let title: String
    let name: String
    let setting: Variation.Setting
  }

  private var varied: [Variation.Axis] { variation.axes.filter { $0.values.count > 1 } }

  private var names: [String] {
    var names: [String] = []
    for (_, reading) in readings where !names.contains(reading.name) { names.append(reading.name) }
    return names
  }

  private var columnAxis: Variation.Axis? { names.count == 1 && varied.count > 1 ? varied.last : nil }

  private var rowAxes: [Variation.Axis] { columnAxis == nil ? varied : varied.dropLast() }

  private var columns: [Column] {
    guard let axis = columnAxis else { return names.map { Column(title: $0, name: $0, setting: []) } }
    return axis.values.map { Column(title: $0, name: names[0], setting: [(axis.name, $0)]) }
  }

  /// Seeds below each other are a sample, and have a mean.
  private var isSeedByRow: Bool {
    rowAxes.count == 1 && rowAxes[0].name == "seed" && !readings.contains { $0.reading.word != nil }
  }

  /// What the numbers are, where they were read, and what holds for all runs.
  private var caption: String {
    var parts: [String] = []
    if let axis = columnAxis {
      parts.append("\(names[0]), \(rowAxes.map { $0.title }.listed) down and \(axis.title) across")
    }
    if !variation.averaged.isEmpty { parts.append("mean over " + variation.averaged.map { $0.text }.listed) }
    let constant = variation.axes.filter { $0.values.count == 1 && $0.name != Variation.position }
    parts.append(place)
    if !constant.isEmpty { parts.append("with " + constant.map { $0.text }.listed) }
    return parts.joined(separator: "; ")
  }

  // MARK: Cells

  private func readings(_ setting: Variation.Setting, _ name: String) -> [Reading] {
    readings.filter { reading in
      reading.reading.name == name
        && setting.allSatisfy { part in reading.setting.contains { $0.name == part.name && $0.value == part.value } }
    }.map { $0.reading }
  }

  /// One number as it is, several as their mean; a dash where a run has none.
  private func text(of readings: [Reading], outOf count: Int) -> String {
    guard let first = readings.first, readings.count == count else { return "–" }
    if let word = first.word, readings.allSatisfy({ $0.word == word }) { return word }
    return NumberText.short(readings.reduce(0) { $0 + $1.value } / Double(readings.count))
  }
}

extension Variation.Axis {
  fileprivate var title: String { name == Variation.position ? "position" : name }

  /// `lam 0.95`, `seed 1 and 2`, `seed 1 to 12`.
  fileprivate var text: String {
    let numbers = values.compactMap { Int($0) }
    let isRun = numbers.count == values.count && zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }
    return name + " " + (isRun && values.count > 2 ? "\(values[0]) to \(values[values.count - 1])" : values.listed)
  }
}

extension NumberText {
  /// Texts of numbers with blanks around them, so that their decimal points stand below each other.
  static func alignedAtPoint(_ texts: [String]) -> [String] {
    func whole(_ text: String) -> Int { text.prefix { $0 != "." && $0 != "e" }.count }
    let start = texts.map(whole).max() ?? 0
    let padded = texts.map { String(repeating: " ", count: start - whole($0)) + $0 }
    let end = padded.map { width($0) }.max() ?? 0
    return padded.map { alignedLeft($0, to: end) }
  }
}
