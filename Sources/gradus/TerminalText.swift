import Documents
import Foundation
import Rainbow

extension StyledText {
  /// The text for standard output: with colours on a terminal, unless `NO_COLOR` is set and not empty.
  var onTerminal: String { Self.isColoured ? spans.map { $0.coloured }.joined() : plain }

  private static let isColoured: Bool = {
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org: present and not empty, whatever it says.
    return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
      && !["", "dumb"].contains(environment["TERM", default: ""])
  }()
}

extension StyledText.Span {
  /// The hues are Okabe and Ito's, which colour-blind people can tell apart, light enough to be legible on black and dark
  /// enough on white.
  fileprivate var coloured: String {
    switch style {
    case .plain: text
    case .heading: text.bold
    case .dim: text.dim
    case .positive: text.hex("#2E8BD0")
    case .negative: text.hex("#D55E00")
    case .clipped: text.hex("#C0569B")
    case .changed: text.hex("#009E73")
    case .error: text.bold.hex("#D55E00")
    case .token: text.underline
    case .code: text.italic
    }
  }
}
