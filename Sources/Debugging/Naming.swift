import Documents
import Recording
import Reporting

extension Session {
  /// Gives an expression a name, and says what it is here; without one, lists the names.
  mutating func name(_ text: String) throws(ExpressionError) -> Reply {
    if text.isEmpty { return Reply(listOfNames()) }
    guard let equals = text.firstIndex(of: "=") else {
      throw ExpressionError("say a name and what it stands for: let r = reward_model.weight[*]")
    }
    let (name, meaning) = (String(text[..<equals]).trimmed, String(text[text.index(after: equals)...]).trimmed)
    let named = try NamedExpression(name, meaning, glossary: trace.glossary, names: names)
    names.removeAll { $0.name == name }
    names.append(named)
    return Reply(StyledText("\(name) is \(meaning): \(here(named))\n"))
  }

  /// How much or how many it is at the position.
  private func here(_ named: NamedExpression) -> String {
    do throws(ExpressionError) {
      switch try named.expression.evaluate(in: trace, at: beat) {
      case .number(let value): return "\(NumberText.short(value)) here"
      case .list(let elements): return "\(elements.count) numbers here"
      }
    } catch {
      return error.message
    }
  }

  private func listOfNames() -> StyledText {
    var text = StyledText()
    for named in names { text.line("\(named.name): \(here(named))") }
    if text.isEmpty { text.line("there are none: let r = reward_model.weight[*]") }
    return text
  }
}
