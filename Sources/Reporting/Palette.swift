/// The marks, the same in terminal, diagram and page: a sign first, and a hue beside it.
///
/// The hues are Okabe and Ito's, which people with any kind of colour vision can tell apart, darkened until text has a
/// contrast of at least 4.5 : 1 on white. The signs are in DejaVu Sans and take one cell of a terminal.
public enum Mark: CaseIterable, Sendable {
  case positive, negative, clipped, unclipped, frozen, trained, changed

  public var symbol: String {
    switch self {
    case .positive: "▲"
    case .negative: "▼"
    case .clipped: "✂"
    case .unclipped: "✓"
    case .frozen: "❄"
    case .trained: "✎"
    case .changed: "◆"
    }
  }

  /// For text and lines on a light background.
  public var color: String {
    switch self {
    case .positive: "#0063A0"
    case .negative: "#B24700"
    case .clipped: "#9C2C77"
    case .unclipped: "#57606A"
    case .frozen: "#4A6272"
    case .trained: "#7D5A00"
    case .changed: "#00704F"
    }
  }

  /// For areas on a light background, under text.
  public var fill: String {
    switch self {
    case .positive: "#DCEBF7"
    case .negative: "#FBE5D6"
    case .clipped: "#F6E0EE"
    case .unclipped: "#F6F8FA"
    case .frozen: "#E4ECF1"
    case .trained: "#FFF1CC"
    case .changed: "#D9F2E9"
    }
  }

  /// What the sign says, for legends.
  public var meaning: String {
    switch self {
    case .positive: "to be made more likely"
    case .negative: "to be made less likely"
    case .clipped: "clipped"
    case .unclipped: "not clipped"
    case .frozen: "frozen"
    case .trained: "trained"
    case .changed: "changed by you"
    }
  }
}

/// What is not marked.
enum Ink {
  static let text = "#1B1F24"
  static let muted = "#57606A"
  static let line = "#6E7781"
  static let faint = "#AFB8C1"
  static let paper = "#FFFFFF"
  static let ghost = "#F6F8FA"
}
