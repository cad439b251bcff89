/// Finds terms by their keys, without hashing: a batch of 100,000 tokens has a million of them.
struct TermIndex {
  /// The latest term with each key: `[name][i + 1][j + 1]`, −1 for none.
  private var latest: [[[Int32]]] = []
  /// For each term, the one before it with the same key, or −1.
  private var previous: [Int32] = []
  /// For each term, the one after it with the same key, or −1.
  private var next: [Int32] = []

  /// How many terms are known.
  var count: Int { previous.count }

  /// Takes note of the next term.
  mutating func append(_ key: TermKey) {
    let (name, i, j) = (key.name, key.i + 1, key.j + 1)
    while latest.count <= name { latest.append([]) }
    while latest[name].count <= i { latest[name].append([]) }
    while latest[name][i].count <= j { latest[name][i].append(-1) }
    if let last = Self.term(latest[name][i][j]) { next[last] = Int32(previous.count) }
    next.append(-1)
    previous.append(latest[name][i][j])
    latest[name][i][j] = Int32(previous.count - 1)
  }

  /// The latest of all terms with this key.
  func last(_ key: TermKey) -> Int? {
    let (name, i, j) = (key.name, key.i + 1, key.j + 1)
    guard i >= 0, j >= 0, name < latest.count, i < latest[name].count, j < latest[name][i].count else { return nil }
    return Self.term(latest[name][i][j])
  }

  /// The term before this one with the same key.
  func before(_ term: Int) -> Int? { Self.term(previous[term]) }

  /// The term after this one with the same key.
  func after(_ term: Int) -> Int? { Self.term(next[term]) }

  private static func term(_ number: Int32) -> Int? { number < 0 ? nil : Int(number) }
}
