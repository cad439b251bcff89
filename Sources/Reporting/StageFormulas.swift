import Autodiff
import Documents
import Formulas
import Objectives
public import Recording

/// The general formulas of a stage's terms as they came off the tape, with what every symbol in them means.
public struct StageFormulas: Sendable {
  public let statements: [StatedFormula]
  public let definitions: [Definition]

  /// What a symbol is.
  public struct Definition: Sendable {
    public let latex: String
    public let kind: Kind

    public enum Kind: Sendable {
      /// A term by its name.
      case term(String)
      /// An option and its value in this run.
      case option(String, value: String)
      /// Anything else in words: an index, a count, a function.
      case words(String)
    }
  }

  /// The formulas of some terms, say those of one run through a stage.
  ///
  /// Of very many terms only the first and the last are looked at: what they have in common is soon seen.
  public init(_ trace: Trace, terms: [Int]) {
    let seen = terms.count <= 6000 ? terms : Array(terms.prefix(4000) + terms.suffix(1000))
    self.init(trace.statedFormulas(of: seen), trace)
  }

  /// Those of the formulas that some of the terms have.
  func among(_ terms: Set<Int>, in trace: Trace) -> StageFormulas {
    StageFormulas(statements.filter { statement in statement.terms.contains { terms.contains($0) } }, trace)
  }

  private init(_ statements: [StatedFormula], _ trace: Trace) {
    self.statements = statements
    var collector = DefinitionCollector(trace.glossary)
    for statement in statements { collector.add(statement) }
    definitions = collector.definitions
  }

  /// Those formulas of a run through a stage that the terms of one of its beats have.
  public init(_ trace: Trace, of run: Trace.StageRun, at beat: Int) {
    self.init(trace.statedFormulas(of: trace.beats[beat].terms, in: run), trace)
  }
}

/// Gathers what the symbols of several formulas mean, each once.
private struct DefinitionCollector {
  let glossary: Glossary
  /// What is told first, and what last.
  private enum Part: Int { case terms, symbols, functions, letters }
  private var found: [(part: Part, definition: StageFormulas.Definition)] = []

  init(_ glossary: Glossary) { self.glossary = glossary }

  var definitions: [StageFormulas.Definition] {
    [Part.terms, .symbols, .functions, .letters].flatMap { part in
      found.filter { $0.part == part }.map { $0.definition }
    }
  }

  mutating func add(_ statement: StatedFormula) {
    add(.quantity(statement.name, statement.general.left, age: .age(0)), statement)
    addDependent(statement)
    statement.general.right.visit { add($0, statement) }
    for index in statement.general.left { add(index, statement) }
    for part in statement.parts { add(part.choice, statement) }
  }

  private mutating func add(_ choice: SumPart.Choice, _ statement: StatedFormula) {
    switch choice {
    case .some(let number, let outer):
      let name = GeneralNames(statement, glossary).some(number, of: outer, isLaTeX: true)
      add(name, .words("what the sum goes over, a part of all there is"), to: .functions)
    case .limited(_, .below(let leaf)), .limited(_, .upTo(let leaf)), .limited(_, .members(let leaf)):
      add(leaf, statement)
    case .limited(_, .groupOf): add("i \\sim j", .words("that i and j are in one group"), to: .functions)
    case .limited(_, .text(let text, _)): add(text.latex, .words(text.meaning), to: .functions)
    case .limited(_, .minibatch): add("\\mathcal{B}", .words("the minibatch"), to: .functions)
    case .limited(_, .group), .limited(_, .except), .limited(_, .kind): break
    }
  }

  private mutating func add(_ part: Formula, _ statement: StatedFormula) {
    switch part {
    case .quantity(let name, let indices, let age):
      let entry = glossary.entries[name]
      if let first = indices.first, glossary.axes[first.axis].kind == .names { return }  // a name itself
      add(entry.latex, .term(entry.name), to: .terms)
      for index in indices { add(index, statement) }
      addAge(age, of: name, entry.latex, statement)
    case .symbol(let number, let indices):
      guard let symbol = glossary.symbol(number) else { return }
      for index in indices { add(index, statement) }
      if let option = symbol.option {
        add(symbol.latex, .option(option, value: value(number, statement)), to: .symbols)
      } else {
        add(symbol.latex, .words(symbol.meaning), to: .symbols)
      }
    case .operation(let operation, _): addFunction(operation)
    case .range(_, let bound, _, _):
      for letter in bound { add(letter, statement) }
    case .number, .term, .power, .single, .abbreviation, .omitted: break
    }
  }

  /// Which sample a letter is that the left side has not, and yet decides.
  private mutating func addDependent(_ statement: StatedFormula) {
    guard let owner = statement.general.left.lazy.compactMap({ $0.letter }).first(where: { isSample($0) }) else {
      return
    }
    for letter in statement.general.dependent where isSample(letter) {
      let words = glossary.axes[letter.axis].meaning + ", the one that belongs to " + statement.letters[owner]
      add(statement.letters[letter], .words(words), to: .letters)
    }
  }

  private func isSample(_ letter: Letter) -> Bool { glossary.axes[letter.axis].kind == .samples }

  private mutating func addFunction(_ operation: Operation) {
    switch operation {
    case .stopGradient: add("\\mathrm{sg}(x)", .words("x as a plain number, which no gradient passes"), to: .functions)
    case .sigmoid, .logSigmoid: add("\\sigma(x)", .words("1 / (1 + exp(−x))"), to: .functions)
    case .clip: add("\\mathrm{clip}(x, l, h)", .words("x kept within l and h"), to: .functions)
    default: break
    }
  }

  private mutating func addAge(_ age: FormulaIndex, of name: Int, _ latex: String, _ statement: StatedFormula) {
    if let letter = age.letter {
      let name = statement.letters[letter]
      add("(" + name + ")", .words("the number of the update that a value is from"), to: .letters)
    } else if age.fixed != 0 {
      let marked = LaTeX.marked(latex, "\\text{before}")
      // Updates change parameters; what is whitened, say, has another value before.
      let parameters: [Quantity] = [.policyLogit, .criticValue, .referenceLogit, .teacherLogit, .rewardWeight]
      let isLearned = parameters.contains { $0.rawValue == name }
      add(marked, .words("what it was before" + (isLearned ? " the updates in between" : "")), to: .terms)
    }
  }

  private mutating func add(_ index: FormulaIndex, _ statement: StatedFormula) {
    if let letter = index.letter { add(letter, statement) }
  }

  private mutating func add(_ letter: Letter, _ statement: StatedFormula) {
    guard letter.axis != FormulaIndex.ageAxis else { return }
    add(statement.letters[letter], .words(glossary.axes[letter.axis].meaning), to: .letters)
  }

  private mutating func add(
    _ latex: String, _ kind: StageFormulas.Definition.Kind, to part: Part
  ) {
    guard !found.contains(where: { $0.definition.latex == latex }) else { return }
    found.append((part, StageFormulas.Definition(latex: latex, kind: kind)))
  }

  private func value(_ symbol: Int, _ statement: StatedFormula) -> String {
    let instance = statement.general.instances[0].instance
    return instance.symbols.first { $0.symbol == symbol }.map { NumberText.plain($0.value) } ?? "?"
  }
}
