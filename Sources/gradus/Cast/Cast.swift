import Documents

/// A session at a terminal of 80 by 24, as somebody would type it: what stands where, and from when on.
///
/// Time follows from what is typed and shown, never from a clock: the same session is the same picture.
struct Cast {
  static let columns = 80
  static let rows = 24

  /// Characters beside each other that look the same.
  struct Run {
    let column: Int
    fileprivate(set) var text: String
    let style: StyledText.Style
    fileprivate(set) var width: Int

    fileprivate var end: Int { column + width }
  }

  /// Where the cursor stands for a while, in milliseconds; what comes after it is not to be seen yet.
  struct Moment {
    let row: Int
    let column: Int
    let duration: Int
    /// How many columns it advances meanwhile, one after the other.
    var typed = 0
  }

  /// The command that begins the session.
  let command: String
  /// Everything that is ever shown, by row: the terminal scrolls over it.
  private(set) var lines: [[Run]] = [[]]
  private(set) var moments: [Moment] = []
  /// Where the next character goes.
  private var column = 0
  /// The first row that nobody has had time to read.
  private var unread = 0

  init(command: String, reply: StyledText) {
    self.command = command
    add(command, after: "$ ", reply: reply)
  }

  /// A line is typed, then Enter, and the reply is there.
  mutating func add(_ line: String, after prompt: String, reply: StyledText) {
    type(line, after: prompt)
    for span in reply.spans { write(span.text, span.style) }
    if column > 0 { breakLine() }
  }

  /// Types a line after a prompt, which is there as soon as what is above it.
  private mutating func type(_ line: String, after prompt: String) {
    write(prompt, .dim)
    pause()
    let start = (row: row, column: column)
    write(line, .heading)
    for typed in start.row...row {
      let from = typed == start.row ? start.column : 0
      let to = typed == row ? column : Self.columns
      if to > from {
        moments.append(Moment(row: typed, column: from, duration: (to - from) * Pace.key, typed: to - from))
      }
      moments.append(Moment(row: typed, column: to, duration: typed == row ? Pace.enter : Pace.key))
    }
    breakLine()
    unread = row
  }

  /// The session with its last prompt, at which it rests before it begins again.
  func ended(with prompt: String) -> Cast {
    var cast = self
    cast.write(prompt, .dim)
    cast.pause()
    cast.moments.append(Moment(row: cast.row, column: cast.column, duration: Pace.rest))
    return cast
  }

  private var row: Int { lines.count - 1 }

  // MARK: What stands where

  private mutating func write(_ text: String, _ style: StyledText.Style) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if number > 0 { breakLine() }
      for character in String(line).visible { put(character, style) }
    }
  }

  private mutating func put(_ character: Character, _ style: StyledText.Style) {
    let width = NumberText.width(String(character))
    if column + width > Self.columns { breakLine() }
    defer { column += width }
    if character == " " { return }
    if let last = lines[row].last, last.style == style, let gap = gap(after: last, before: character) {
      lines[row][lines[row].count - 1].text += gap + String(character)
      lines[row][lines[row].count - 1].width = column + width - last.column
    } else {
      lines[row].append(Run(column: column, text: String(character), style: style, width: width))
    }
  }

  /// What is between a run and a character that may join it: a blank at most; nil if they are to be placed each by itself.
  ///
  /// Signs often come from another font, whose characters have a width of their own.
  private func gap(after run: Run, before character: Character) -> String? {
    guard run.text.last?.isASCII == character.isASCII else { return nil }
    if run.end == column { return "" }
    return run.end + 1 == column && character.isASCII ? " " : nil
  }

  private mutating func breakLine() {
    lines.append([])
    column = 0
  }

  // MARK: When

  /// How fast it goes, in milliseconds.
  private enum Pace {
    static let key = 55
    static let enter = 350
    static let look = 900
    /// For each character that is shown: enough to see where to look, not to read it all.
    static let character = 4
    static let rest = 5000
  }

  /// Time to read what is new; what does not fit the screen comes a screenful at a time.
  private mutating func pause() {
    var first = unread
    while row - first >= Self.rows {
      let next = first + Self.rows - 1
      moments.append(Moment(row: next, column: 0, duration: timeToRead(first..<next)))
      first = next
    }
    moments.append(Moment(row: row, column: column, duration: timeToRead(first..<row)))
  }

  private func timeToRead(_ rows: Swift.Range<Int>) -> Int {
    let count = lines[rows].reduce(0) { $1.reduce($0) { $0 + $1.text.count } }
    return Pace.look + count * Pace.character
  }
}
