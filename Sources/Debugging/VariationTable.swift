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
    /// What it is shown as, if not by its digits.
    let word: String?
    /// Whether it stands for a word, of which there is no mean.
    let isName: Bool
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
      if isSeedByRow {
        let moments = SampleMoments(readings(column.setting, column.name), outOf: count * rows.count)
        cells += [moments?.meanText ?? "–", moments?.deviationText ?? "–"]
      }
      return NumberText.alignedAtPoint(cells)
    }
    for (index, row) in rows.enumerated() { table.add(row.map { $0.value } + numbers.map { $0[index] }) }
    if isSeedByRow {
      table.add(["mean"] + numbers.map { $0[rows.count] })
      table.add(["±"] + numbers.map { $0[rows.count + 1] })
    }
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

  /// What there is a number of: what an expression stands for, side by side.
  private var names: [String] {
    var names: [String] = []
    for expression in variation.expressions {
      for (_, reading) in readings where reading.expression == expression && !names.contains(reading.name) {
        names.append(reading.name)
      }
    }
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
    rowAxes.count == 1 && rowAxes[0].name == "seed" && !readings.contains { $0.reading.isName }
  }

  /// What the numbers are, where they were read, and what holds for all runs.
  private var caption: String {
    var parts: [String] = []
    if let axis = columnAxis {
      parts.append("\(names[0]), \(rowAxes.map { $0.title }.listed) down and \(axis.title) across")
    }
    if !variation.averaged.isEmpty {
      parts.append("mean ± standard deviation over " + variation.averaged.map { $0.text }.listed)
    }
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

  /// A number as it is or, where there is an average, the mean with its scatter; a dash where a run has none.
  private func text(of readings: [Reading], outOf count: Int) -> String {
    if let word = readings.first?.word, readings.count == count, readings.allSatisfy({ $0.word == word }) {
      return word
    }
    guard let moments = SampleMoments(readings, outOf: count) else { return "–" }
    return moments.deviation > 0 ? "\(moments.meanText) ± \(moments.deviationText)" : moments.meanText
  }
}

/// Mean and standard deviation of numbers, the latter with n − 1.
private struct SampleMoments {
  let mean: Double
  let deviation: Double

  /// Nil where a number is missing, or where several are words.
  init?(_ readings: [VariationTable.Reading], outOf count: Int) {
    guard count > 0, readings.count == count, count == 1 || !readings.contains(where: { $0.isName }) else { return nil }
    let mean = readings.reduce(0) { $0 + $1.value } / Double(count)
    let squares = readings.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
    self.mean = mean
    deviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
  }

  var meanText: String { NumberText.short(mean) }
  var deviationText: String { NumberText.short(deviation, digits: 2) }
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
