import CEmbedded

/// A lesson of the course, whose Markdown is in the folder `lessons` and in the program.
public struct Lesson: Sendable {
  /// Counted from 1.
  public let number: Int
  /// What its file is called, without the ending: `04-ratio`.
  public let name: String
  /// The Markdown.
  public let text: String

  /// All lessons, in their order.
  public static let all = (0..<gradus_lessons.count).map { Lesson(gradus_lessons.first[$0], number: $0 + 1) }

  /// The questions of an interview, a section each.
  public static let interview = Lesson(gradus_interview, number: 0)

  private init(_ lesson: gradus_file, number: Int) {
    self.number = number
    name = String(cString: lesson.name)
    text = String(decoding: UnsafeBufferPointer(start: lesson.bytes, count: lesson.count), as: UTF8.self)
  }

  public func notebook() throws(NotebookError) -> Notebook { try Notebook(text) }

  /// What it is about, without its number.
  public var title: String {
    let heading = text.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " }
    let number = heading.prefix { $0.isNumber }
    return String(heading.dropFirst(number.count).drop { $0 == "." || $0 == " " })
  }
}
