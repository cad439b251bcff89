/// The marks, the same in terminal, diagram and page: a sign first, and a hue beside it.
///
/// The hues are Okabe and Ito's, which people with any kind of colour vision can tell apart, darkened until text has a
/// contrast of at least 4.5 : 1 on white. The signs are in DejaVu Sans and take one cell of a terminal.
public enum Mark: String, CaseIterable, Sendable {
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

  /// For text and lines on a dark background.
  public var darkColor: String {
    switch self {
    case .positive: "#7CC0F2"
    case .negative: "#F7A672"
    case .clipped: "#E79ACB"
    case .unclipped: "#9BA5B1"
    case .frozen: "#A8C0CE"
    case .trained: "#E6BD55"
    case .changed: "#5FD3AB"
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

/// What is not marked, on a light background.
public enum Ink {
  public static let text = "#1B1F24"
  public static let muted = "#57606A"
  public static let line = "#6E7781"
  public static let faint = "#AFB8C1"
  public static let paper = "#FFFFFF"
  public static let ghost = "#F6F8FA"

  /// The same on a dark one.
  public enum Dark {
    public static let text = "#E6E9EE"
    public static let muted = "#9BA5B1"
    public static let line = "#7D8794"
    public static let faint = "#4A525C"
    public static let paper = "#14171C"
  }
}
