extension Notebook {
  /// What is valid but hardly meant: no cell at all, a misspelled language, a choice that the reader is not shown.
  var faults: [NotebookError] {
    var faults: [NotebookError] = []
    if cells.isEmpty {
      faults.append(NotebookError(line: 1, message: "there is no cell here: a fence whose language is gradus or sh"))
    }
    for case .prose(let prose) in parts {
      for (offset, line) in prose.lines.enumerated() where Self.isMisspelt(line) {
        faults.append(NotebookError(line: prose.line + offset, message: "write gradus or sh in small letters"))
      }
    }
    for case .answer(let answer) in parts {
      for choice in answer.choices ?? [] where !lines[..<(answer.line - 1)].contains(where: { $0.isItem(choice) }) {
        let message = "the choice «\(choice)» is not in the list above: - \(choice)"
        faults.append(NotebookError(line: answer.line, message: message))
      }
    }
    return faults
  }

  private static func isMisspelt(_ line: String) -> Bool {
    ["```gradus", "```sh", "~~~gradus", "~~~sh"].contains(line.lowercased().trimmingBlanks)
  }
}

extension String {
  /// Whether the line is an item of a list with this text.
  fileprivate func isItem(_ text: String) -> Bool {
    let line = withoutEnd.trimmingBlanks
    guard line.hasSuffix(text) else { return false }
    return ["- ", "* "].contains(String(line.dropLast(text.count))) || line.dropLast(text.count).hasSuffix(". ")
  }
}
