import CEdit
import Foundation

/// Reads command lines, with editing, a history that outlives the session, and completion by the Tab key.
///
///     let editor = LineEditor { line, cursor in ["ratio[0,0]", "ratio[0,1]"] }
///     while let line = editor.readLine(prompt: "(gradus) ") { … }
///
/// Unless standard input and output are both a terminal, it reads plain lines and prints no prompt. libedit keeps its
/// state in C globals: only one thread may read lines, and all editors share the most recent one's settings.
final class LineEditor {
  /// Returns the words that can stand at the cursor, whole: those that do not begin as the current word are left out.
  ///
  /// The cursor is counted in Unicode scalars from the start of the line.
  typealias Completion = (_ line: String, _ cursor: Int) -> [String]

  /// None of the characters in names (`grad(ratio[0,*])`, `metric(rewards/margins)`, `kl-penalty`, `<eos>`).
  private static let breakCharacters = " \t\n\"'=+"
  private static let historyLimit: Int32 = 1000

  /// The editor whose line is being read, for libedit's callback, which carries no context.
  nonisolated(unsafe) private static weak var active: LineEditor?
  nonisolated(unsafe) private static var hasStarted = false

  private let historyFile: String?
  private let completion: Completion
  private let isInteractive: Bool
  private var previousLine = ""

  /// Creates an editor.
  ///
  /// - Parameters:
  ///   - historyFile: Where the history is kept; `nil` keeps none. Errors are ignored: a file that cannot be read or
  ///     written is no reason to stop.
  ///   - completion: Called when Tab is pressed.
  init(
    historyFile: String? = LineEditor.historyFile(environment: ProcessInfo.processInfo.environment),
    completion: @escaping Completion
  ) {
    self.historyFile = historyFile
    self.completion = completion
    isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    guard isInteractive else { return }
    Self.start()
    clear_history()
    stifle_history(Self.historyLimit)
    if let historyFile { _ = read_history(historyFile) }
  }

  /// The next line without its line break, or `nil` at the end of input (Ctrl-D).
  ///
  /// Ctrl-C discards the line and asks again.
  ///
  /// - Parameter prompt: Plain text; an escape sequence would count as characters on the line.
  func readLine(prompt: String) -> String? {
    guard isInteractive else { return Swift.readLine() }
    Self.active = self
    defer { Self.active = nil }
    // The window may have been resized since the last line.
    rl_resize_terminal()
    while true {
      var interrupted: Int32 = 0
      guard let text = gradus_edit_read(prompt, &interrupted) else {
        // The cursor still stands behind what was typed.
        print(interrupted != 0 ? "^C" : "")
        guard interrupted != 0 else { return nil }
        continue
      }
      defer { free(text) }
      let line = String(cString: text)
      remember(line)
      return line
    }
  }

  private func remember(_ line: String) {
    guard line.contains(where: { !$0.isWhitespace }), line != previousLine else { return }
    previousLine = line
    _ = add_history(line)
    guard let historyFile else { return }
    // After every line, so that a killed session loses nothing.
    StateFolder.makeFolder(of: historyFile)
    _ = write_history(historyFile)
    _ = chmod(historyFile, 0o600)
  }

  /// Where the history is kept: the XDG state folder, or `nil` if neither it nor a home folder is known.
  static func historyFile(environment: [String: String]) -> String? {
    StateFolder.file("history", environment: environment)
  }

  /// What libedit receives: nothing, or the longest common prefix followed by the matches in order, each once.
  static func matches(for word: String, among candidates: [String]) -> [String] {
    let matches = Set(candidates.filter { $0.hasPrefix(word) }).sorted()
    guard let first = matches.first else { return [] }
    return [matches.reduce(first) { $0.commonPrefix(with: $1) }] + matches
  }

  private static func start() {
    guard !hasStarted else { return }
    hasStarted = true
    // libedit keeps the pointers: these two strings live as long as the process.
    gradus_edit_start(strdup("gradus"), strdup(breakCharacters)) { word, start, end in
      guard let word, let editor = LineEditor.active else { return nil }
      let line = String(cString: gradus_edit_line())
      let matches = LineEditor.matches(for: String(cString: word), among: editor.completion(line, Int(end)))
      guard !matches.isEmpty else { return nil }
      // Behind an open bracket more of the same word follows.
      let isOpen = matches.count == 2 && "[(<,.".contains(matches[1].last ?? " ")
      gradus_edit_append(isOpen ? 0 : CChar(UInt8(ascii: " ")))
      // libedit frees the array and its strings.
      let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocateWithMalloc(capacity: matches.count + 1)
      for (index, match) in matches.enumerated() { array[index] = strdup(match) }
      array[matches.count] = nil
      return array
    }
  }
}

extension UnsafeMutablePointer {
  /// Memory that C may pass to `free`.
  fileprivate static func allocateWithMalloc(capacity: Int) -> Self {
    guard let memory = malloc(capacity * MemoryLayout<Pointee>.stride) else { fatalError("out of memory") }
    return memory.bindMemory(to: Pointee.self, capacity: capacity)
  }
}
