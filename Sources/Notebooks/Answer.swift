public import Debugging
public import Quiz
import Reporting

/// The answer to a question in a notebook, as an expression of the debugger.
///
/// It is evaluated after the next cell has run, so that that cell can show why.
///
///     <!-- answer: clipped_ratio[5,1] -->         a number
///
///     <!-- answer
///     positive: grad(logp[5,1]) > 0               one of some choices: the one whose condition holds
///     zero: grad(logp[5,1]) == 0
///     negative: grad(logp[5,1]) < 0
///     -->
public struct Answer: Sendable {
  public enum Kind: Sendable {
    case number(String)
    case choices([(text: String, condition: String)])
  }

  public let kind: Kind
  /// The number of the line with the comment's beginning, counted from 1.
  public let line: Int

  /// The reader's choices; nil where a number is asked for.
  public var choices: [String]? {
    guard case .choices(let choices) = kind else { return nil }
    return choices.map { $0.text }
  }

  /// The right answer, as of where a session is; exactly one choice must hold.
  public func expected(in session: Session) throws(NotebookError) -> ExpectedAnswer {
    do throws(ExpressionError) {
      switch kind {
      case .number(let expression): return .number(try session.number(expression))
      case .choices(let choices):
        var holding: [Int] = []
        for (index, choice) in choices.enumerated() where try session.number(choice.condition) != 0 {
          holding.append(index)
        }
        guard holding.count == 1 else {
          throw ExpressionError("\(holding.count) of the \(choices.count) choices hold, not 1")
        }
        return .choice(right: holding[0], among: choices.map { $0.text })
      }
    } catch {
      throw NotebookError(line: line, message: "the answer: " + error.message)
    }
  }
}
