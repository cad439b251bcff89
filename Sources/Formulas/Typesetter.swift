import Autodiff

/// How a formula is written.
public enum Notation: Sendable {
  /// For a terminal: `min(surrogate[0,2], clipped_surrogate[0,2])`.
  case unicode
  /// For Markdown, between `$` signs.
  case latex
  /// For a page: a whole `<math>` element.
  case mathML
}

/// What the leaves of a formula are called, which is known to whoever made it.
public protocol FormulaNames {
  func leaf(_ formula: Formula, in notation: Notation) -> LeafText
  /// The letters below a sum, with what limits them: `i ∈ g`.
  ///
  /// `part` is the number of the part that the sum goes over; nil for everything.
  func bound(_ letters: [Letter], part: Int?, in notation: Notation) -> [String]
  /// The text of a plain number in the formula, without the rounding noise that `1 − 0.9` has.
  func constant(_ x: Double) -> String
}

/// A leaf as it is written.
public enum LeafText: Sendable {
  case name(String)
  case number(Double, String)
  /// The word that a number stands for, such as a token.
  case word(String)
}

/// A piece of a written formula, and what must be known to put it beside others.
struct Typeset {
  /// How tightly the outermost operator binds; what binds less than its surroundings need is put into parentheses.
  enum Binding: Int {
    case sum, product, atom

    static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
  }

  var text: String
  var binding = Binding.atom
  /// `−x` may stand first, but not directly after another operator.
  var startsWithMinus = false
  /// A sum sign reaches to the right as far as products go.
  var isOpen = false
}

/// How one notation writes operators, names and numbers.
protocol Typesetter {
  static var notation: Notation { get }
  static func name(_ text: String) -> Typeset
  static func number(_ x: Double, _ text: String) -> Typeset
  static func word(_ word: String) -> Typeset
  static func parenthesized(_ x: Typeset) -> String
  /// `a + b` and the like, of operands that already have their parentheses.
  static func infix(_ a: String, _ operation: Operation, _ b: String) -> String
  /// `a b`, where a general formula has no sign between factors; nil where the notation always has one.
  static func juxtaposed(_ a: String, _ b: String) -> String?
  static func minus(_ x: String) -> String
  /// Nil where the notation has no fraction, and division is an operator like others.
  static func fraction(_ a: String, _ b: String) -> String?
  static func root(_ x: Typeset) -> String
  static func squared(_ x: String) -> String
  static func power(_ x: String, _ exponent: String) -> String
  /// `e^x`; nil where it is a function like others.
  static func exponential(_ x: String) -> String?
  static func call(_ operation: Operation, _ arguments: [String], omitted: Int?) -> String
  /// A sum over all that some letters stand for.
  static func range(_ operation: Operation, _ letters: [String], _ body: Typeset) -> Typeset
}
