extension Notebook {
  /// The part between two headings of the second level.
  public struct Section: Sendable {
    /// The heading; nil for what stands before the first.
    public let title: String?
    public var parts: [Part]

    /// The part below the heading.
    public var withoutTitle: Section {
      guard title != nil, case .prose(let prose)? = parts.first else { return self }
      let rest = Prose(lines: Array(prose.lines.dropFirst()), line: prose.line + 1)
      return Section(title: nil, parts: [.prose(rest)] + parts.dropFirst())
    }
  }

  public var sections: [Section] {
    var sections = [Section(title: nil, parts: [])]
    for part in parts {
      guard case .prose(let prose) = part else {
        sections[sections.count - 1].parts.append(part)
        continue
      }
      var start = 0
      func add(upTo end: Int) {
        guard start < end else { return }
        let piece = Prose(lines: Array(prose.lines[start..<end]), line: prose.line + start)
        sections[sections.count - 1].parts.append(.prose(piece))
      }
      for (index, line) in prose.lines.enumerated() where line.hasPrefix("## ") {
        add(upTo: index)
        start = index
        sections.append(Section(title: String(line.dropFirst(3)), parts: []))
      }
      add(upTo: prose.lines.count)
    }
    if sections.count > 1, sections[0].parts.isEmpty { sections.removeFirst() }
    return sections
  }

  /// The sections as the scenes of a tour: their headings are numbered, and what stands before the first one opens it.
  public var scenes: [Section] {
    var scenes = sections
    var opening: [Part] = []
    if scenes.count > 1, scenes[0].title == nil { opening = scenes.removeFirst().parts }
    for index in scenes.indices {
      guard let title = scenes[index].title, case .prose(let prose) = scenes[index].parts[0] else { continue }
      let heading = "## scene \(index + 1) of \(scenes.count) · \(title)"
      scenes[index].parts[0] = .prose(Prose(lines: [heading] + prose.lines.dropFirst(), line: prose.line))
    }
    scenes[0].parts = opening + scenes[0].parts
    return scenes
  }
}
