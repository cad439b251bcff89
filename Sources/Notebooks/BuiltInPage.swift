import CEmbedded

/// A page that the program holds, to be walked through: a lesson, a tour, the questions of an interview.
///
/// The files are in the folder `lessons`.
public struct BuiltInPage: Sendable {
  /// Its place among its kind, counted from 1.
  public let number: Int
  /// Its file's name without the ending: `04-ratio`, `ppo`.
  public let name: String
  /// The Markdown.
  public let text: String

  /// All lessons, in the order of the course.
  public static let lessons = all(of: gradus_lessons)

  /// All tours; each has the name of the scenario that it goes through.
  public static let tours = all(of: gradus_tours)

  /// The questions of an interview, a section each.
  public static let interview = BuiltInPage(gradus_interview, number: 1)

  private static func all(of files: gradus_files) -> [BuiltInPage] {
    (0..<files.count).map { BuiltInPage(files.first[$0], number: $0 + 1) }
  }

  private init(_ file: gradus_file, number: Int) {
    self.number = number
    name = String(cString: file.name)
    text = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  public func notebook() throws(NotebookError) -> Notebook { try Notebook(text) }

  /// What it is about, without its number.
  public var title: String {
    let heading = text.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " }
    let number = heading.prefix { $0.isNumber }
    return String(heading.dropFirst(number.count).drop { $0 == "." || $0 == " " })
  }
}
