public import Documents
import Transformers

extension ModelLook {
  /// Everything about one model, a line each.
  public var text: StyledText {
    var text = StyledText()
    text.line(path, .heading)
    for (name, value) in facts { text.line("  " + NumberText.alignedLeft(name, to: 12) + value) }
    if isSupported { text.line("  supported", .positive) }
    for problem in problems { text.line("  not supported: \(problem)", .negative) }
    return text
  }

  private var facts: [(name: String, value: String)] {
    var facts: [(String, String)] = []
    if let family { facts.append(("family", family + (shape?.head == .scalar ? ", a reward model" : ""))) }
    if let adapters {
      facts.append(
        ("adapters", "of rank \(adapters.rank), on \(adapters.base): \(adapters.targets.joined(separator: ", "))"))
    }
    if let parameters {
      let written = types.isEmpty ? "" : " in \(types.joined(separator: ", "))"
      facts.append(("parameters", ProgressBar.grouped(Double(parameters)) + written + ", \(Self.size(bytes))"))
    }
    if let shape {
      facts.append(
        (
          "shape",
          "\(shape.layerCount) layers of width \(shape.hiddenSize), \(shape.headCount) heads"
            + (shape.keyValueHeadCount == shape.headCount ? "" : " (\(shape.keyValueHeadCount) of keys and values)")
            + ", MLP \(shape.intermediateSize)"
        ))
      facts.append(("context", "\(Self.context(shape)) tokens"))
    }
    if let tokenizer {
      facts.append(("tokenizer", tokenizer + (vocabulary.map { ", \(ProgressBar.grouped(Double($0))) tokens" } ?? "")))
    }
    facts.append(("template", templateText))
    if !ends.isEmpty {
      facts.append(("texts end", ends.map { "\($0.token) (\($0.id))" }.joined(separator: ", ").visible))
    }
    return facts
  }

  /// `131,072`, or `4,096 of 131,072` where the model takes fewer tokens than it was made for.
  static func context(_ shape: ModelConfiguration) -> String {
    let (taken, all) = (shape.positionLimit, shape.maxPositions)
    return (taken < all ? "\(ProgressBar.grouped(Double(taken))) of " : "") + ProgressBar.grouped(Double(all))
  }

  private var templateText: String {
    switch template {
    case .none: "none, so conversations cannot be read"
    case .read(let marks): "for conversations" + (marks ? ", marks what the assistant writes" : "")
    case .broken(let why): "cannot be read: \(why)"
    }
  }

  /// `269 MB`, `1.2 GB`.
  static func size(_ bytes: Int) -> String {
    let (millions, giga) = (Double(bytes) / 1e6, 1000.0)
    return millions >= giga
      ? NumberText.fixed(millions / giga, decimals: 1) + " GB"
      : NumberText.fixed(millions, decimals: millions < 10 ? 1 : 0) + " MB"
  }
}

/// Several models beside each other, and below them why some are not supported.
public struct ModelTable {
  public let looks: [ModelLook]

  public init(_ looks: [ModelLook]) { self.looks = looks }

  public var text: StyledText {
    let folder = folder
    var table = PlainTable([.left, .left, .right, .left, .right, .right, .left])
    table.rows.append(["model", "family", "parameters", "type", "size", "context", "supported"])
    for look in looks {
      table.rows.append([
        String(look.path.dropFirst(folder.count)), look.family ?? "?", look.parameters.map(Self.short) ?? "?",
        look.types.first ?? "?",
        ModelLook.size(look.bytes), look.shape.map(ModelLook.context) ?? "?",
        look.isSupported ? "yes" : "no",
      ])
    }
    // A name that is too long for a terminal keeps its end.
    let excess = table.width - Self.columns
    if excess > 0, let width = table.widths.first {
      for i in table.rows.indices { table.rows[i][0] = table.rows[i][0].end(columns: max(16, width - excess)) }
    }
    var text = StyledText()
    if !folder.isEmpty { text.line("in \(folder)", .dim) }
    for (number, line) in table.lines.enumerated() { text.line(line, number == 0 ? .heading : .plain) }
    for problem in looks.flatMap(\.problems) { text.line("\n\(problem)", .negative) }
    return text
  }

  private static let columns = 80

  /// The folder that all of them are in, with the slash at its end.
  private var folder: String {
    let parts = looks.map { $0.path.split(separator: "/", omittingEmptySubsequences: false) }
    guard let first = parts.first, parts.count > 1 else { return "" }
    let common = first.indices.prefix { i in parts.allSatisfy { i < $0.count - 1 && $0[i] == first[i] } }.count
    return first.prefix(common).map { $0 + "/" }.joined()
  }

  /// `135M`, `1.5B`.
  private static func short(_ count: Int) -> String {
    switch count {
    case 1_000_000_000...: NumberText.fixed(Double(count) / 1e9, decimals: 1) + "B"
    case 1_000_000...: NumberText.fixed(Double(count) / 1e6, decimals: 0) + "M"
    default: ProgressBar.grouped(Double(count))
    }
  }
}
