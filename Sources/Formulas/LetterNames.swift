/// Gives the letters of a formula their names: each the first of its axis that is free where it stands.
public struct LetterNames: Sendable {
  private var names: [Letter: String] = [:]

  /// - Parameters:
  ///   - free: The letters of the left side, then those that depend on them.
  ///   - formula: The right side, whose sums bind the others.
  ///   - letters: The names of an axis's letters, in order.
  public init(free: [Letter], in formula: Formula, letters: (Int) -> [String]) {
    for letter in free { add(letter, taken: Array(names.values), letters) }
    name(formula, taken: free.compactMap { names[$0] }, letters)
  }

  /// A letter's name; `?` for one that the formula does not have.
  public subscript(letter: Letter) -> String { names[letter] ?? "?" }

  private mutating func name(_ formula: Formula, taken: [String], _ letters: (Int) -> [String]) {
    var taken = taken
    if case .range(_, let bound, _, _) = formula {
      for letter in bound {
        add(letter, taken: taken, letters)
        taken.append(self[letter])
      }
    }
    for part in formula.parts { name(part, taken: taken, letters) }
  }

  private mutating func add(_ letter: Letter, taken: [String], _ letters: (Int) -> [String]) {
    let own = letters(letter.axis)
    var name = own.first { !taken.contains($0) } ?? own.last ?? "n"
    while taken.contains(name) { name += "'" }
    names[letter] = name
  }
}
