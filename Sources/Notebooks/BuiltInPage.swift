import CEmbedded

/// A page that the program holds, to be walked through: a lesson, a derivation, a tour, the questions of an interview.
///
/// The files are in the folder `lessons`.
public struct BuiltInPage: Sendable {
  /// The pages that belong together.
  public enum Series: Sendable { case lessons, derivations, tours, interview }

  public let series: Series
  /// Its place in its series, counted from 1.
  public let number: Int
  /// Its file's name without the ending: `04-ratio`, `ppo`.
  public let name: String
  /// The Markdown.
  public let text: String

  /// All lessons, in the order of the course.
  public static let lessons = all(of: gradus_lessons, in: .lessons)

  /// All derivations, in the order in which they build on each other.
  public static let derivations = all(of: gradus_derivations, in: .derivations)

  /// All tours; each has the name of the scenario that it goes through.
  public static let tours = all(of: gradus_tours, in: .tours)

  /// The questions of an interview, a section each.
  public static let interview = BuiltInPage(gradus_interview, in: .interview, number: 1)

  private static func all(of files: gradus_files, in series: Series) -> [BuiltInPage] {
    (0..<files.count).map { BuiltInPage(files.first[$0], in: series, number: $0 + 1) }
  }

  private init(_ file: gradus_file, in series: Series, number: Int) {
    self.series = series
    self.number = number
    name = String(cString: file.name)
    text = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  /// The one after it in its series.
  public var next: BuiltInPage? {
    let all: [BuiltInPage] =
      switch series {
      case .lessons: Self.lessons
      case .derivations: Self.derivations
      case .tours: Self.tours
      case .interview: []
      }
    return all.first { $0.number == number + 1 }
  }

  public func notebook() throws(NotebookError) -> Notebook { try Notebook(text) }

  /// What it is about, without its number.
  public var title: String {
    let heading = text.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " }
    let number = heading.prefix { $0.isNumber }
    return String(heading.dropFirst(number.count).drop { $0 == "." || $0 == " " })
  }
}
