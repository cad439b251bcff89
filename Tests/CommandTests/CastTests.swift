import Debugging
import Documents
import Foundation
import Simulation
import Testing

@testable import gradus

/// A session as a moving picture: what it shows, and when, read back from the file.
@Suite struct CastTests {
  /// What the terminal shows whenever nothing is being typed, is on the screen of the picture, in this order.
  @Test(arguments: Scenario.builtIn.map(\.name))
  func theScreensAreThoseOfTheSession(name: String) throws {
    let commands = ["next", "", "step 3", "# <why> & \"how\"", "list all", "show options", "back", "quit", "where"]
    let program = try Program()
    let result = try program(["step", name, "--cast", "s.svg"], input: commands.joined(separator: "\n") + "\n")
    #expect(result.errors == "")
    let frames = try CastFrames(try program.read("s.svg")).screens
    var rest = frames[...]
    for screen in try screens(name, commands) {
      let found = rest.firstIndex(of: screen)
      rest = rest[(try #require(found, "missing:\n\(screen.joined(separator: "\n"))") + 1)...]
    }
    #expect(frames.last == (try screens(name, commands)).last)
    #expect(!frames.contains { $0.contains { $0.hasSuffix(") quit") } })
  }

  /// What stands on a terminal of 80 by 24 before each command and at the end.
  private func screens(_ name: String, _ commands: [String]) throws -> [[String]] {
    var session = Session(source: .scenario(try #require(Scenario.builtIn.first { $0.name == name })))
    var lines = ["$ gradus step \(name)"]
    var screens: [[String]] = []
    func add(_ text: StyledText) {
      for line in text.plain.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        lines.append(String(line))
      }
    }
    func look() { screens.append((lines + [session.prompt]).suffix(24).map(trimmed)) }
    add(StepCommand.welcome(to: session))
    for command in commands {
      look()
      let prompt = session.prompt
      let reply = session.run(command)
      if session.isFinished { return screens }
      lines.append(prompt + command)
      add(reply.text)
    }
    look()
    return screens
  }

  /// A reply that does not fit the screen is shown whole, a screenful at a time.
  @Test func nothingScrollsByUnseen() throws {
    let program = try Program()
    let result = try program(["step", "ppo", "--cast", "s.svg"], input: "goto 339\nplot clip\nlist all\n")
    let frames = try CastFrames(try program.read("s.svg"))
    let seen = Set(frames.screens.flatMap { $0 })
    for line in result.output.split(separator: "\n") where !line.hasPrefix("(gradus ") {
      #expect(seen.contains(trimmed(String(line))), "\(line)")
    }
    #expect(frames.screens.allSatisfy { $0.count <= 24 })
  }

  @Test func aLineIsTypedCharacterByCharacter() throws {
    let program = try Program()
    _ = try program(["step", "ppo", "--set", "cliprange=0.1", "--cast", "s.svg"], input: "goto clip\n")
    let svg = try program.read("s.svg")
    // "gradus step ppo --set cliprange=0.1" and "goto clip"
    #expect(svg.matches(of: /steps\(([0-9]+)\)/).map { $0.1 } == ["35", "9"])
  }

  /// Characters that take two cells, that SVG needs escaped, or that control a terminal; a line longer than the screen.
  @Test func everyCharacterHasItsCell() throws {
    let long = String(repeating: "x", count: 100)
    let cast = Cast(command: "a<b>&\"c\" 日本 \u{1b}[1m", reply: StyledText("one  two▲ 3\n\n\(long)\n", .positive))
    let frames = try CastFrames(cast.ended(with: "> ").svg)
    let shown = ["$ a<b>&\"c\" 日本 ␛[1m", "one  two▲ 3", "", String(long.prefix(80)), String(long.suffix(20)), ">"]
    #expect(frames.lines == shown)
  }

  @Test func aLongCommandIsShortenedInTheTitle() throws {
    let svg = Cast(command: "gradus step " + String(repeating: "x", count: 90), reply: StyledText()).ended(with: "> ")
      .svg
    let title = try #require(svg.firstMatch(of: /<text class="title"[^>]*>([^<]*)</))
    #expect(title.1.count == 70 && title.1.hasSuffix("x…"))
    #expect(try CastFrames(svg).lines[1] == String(repeating: "x", count: 24))
  }

  @Test func itIsOneFileWithoutScriptsThatRespectsWhoWantsNoMotion() throws {
    let svg = Cast(command: "x", reply: StyledText("y\n")).ended(with: "> ").svg
    for foreign in ["<script", "foreignObject", "http://", "https://", "@import", "url("] {
      #expect(!svg.replacing("http://www.w3.org/2000/svg", with: "").contains(foreign))
    }
    #expect(
      svg.contains("@media (prefers-reduced-motion:reduce){.gradus-cast .screen,.gradus-cast .cursor{animation:none}}"))
    #expect(svg.contains("prefers-color-scheme:dark"))
  }

  @Test(arguments: [
    (
      "s.svg", "goto 339\nshow nothing\nwhere\n", 65,
      "Error: s.svg is not written, since line 2 of standard input fails: show nothing; correct it\n"
    ),
    ("s.gif", "where\n", 64, "Error: --cast writes SVG: end the file's name in .svg\n"),
    ("no/such/s.svg", "where\n", 74, "Error: no/such/s.svg: cannot be written: No such file or directory\n"),
  ])
  func whatCannotBeWrittenIsSaid(file: String, input: String, code: Int, message: String) throws {
    let program = try Program()
    let result = try program(["step", "ppo", "--cast", file], input: input)
    #expect(result.exitCode == Int32(code))
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try program.fileNames().isEmpty)
  }
}

/// The picture at the top of the README is what the program makes of its script; `GRADUS_RECORD=1` makes it anew.
@Suite struct CastGoldenTests {
  @Test func thePictureOfTheReadmeIsCurrent() throws {
    let folder = PagesTests.root.appending(path: "Documentation")
    let program = try Program()
    let script = try String(contentsOf: folder.appending(path: "session.txt"), encoding: .utf8)
    let result = try program(["step", "ppo", "--cast", "session.svg"], input: script)
    #expect(result.exitCode == 0, "\(result.errors)")
    let svg = try program.read("session.svg")
    #expect(svg.utf8.count < 30_000)
    #expect((20_000...30_000).contains(try CastFrames(svg).duration))
    let file = folder.appending(path: "session.svg")
    if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
      try Data(svg.utf8).write(to: file, options: .atomic)
    } else {
      #expect(try String(contentsOf: file, encoding: .utf8) == svg, "session.svg is out of date: make record")
    }
  }
}

private func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

/// The screens of such a picture, from its texts and key frames.
private struct CastFrames {
  let lines: [String]
  let screens: [[String]]
  /// In milliseconds.
  let duration: Int

  /// Where the cursor stands, or how far the screen has scrolled.
  private struct KeyFrame {
    let time: Double
    let column: Int
    let row: Int
  }

  init(_ svg: String) throws {
    let lines = Self.lines(svg)
    let scrolls = try Self.keyFrames("gradus-screen", svg)
    screens = try Self.keyFrames("gradus-cursor", svg).map { cursor in
      let top = -(try #require(scrolls.last { $0.time <= cursor.time }).row)
      return (top...cursor.row).map { row in
        trimmed(row < cursor.row ? lines[row] : Self.start(of: lines[row], columns: cursor.column))
      }
    }
    let animation = try #require(svg.firstMatch(of: /gradus-screen ([0-9]+)ms/))
    duration = try #require(Int(animation.1))
    self.lines = lines
  }

  /// Each text at its column.
  private static func lines(_ svg: String) -> [String] {
    let screen = svg.split(separator: "<g class=\"screen\">")[1]
    var lines: [String] = []
    for match in screen.matches(of: /<text[^>]* x="([0-9]+)" y="([0-9]+)"[^>]*>([^<]*)<\/text>/) {
      guard let x = Int(match.1), let y = Int(match.2) else { continue }
      while lines.count <= y / 21 { lines.append("") }
      lines[y / 21] = NumberText.alignedLeft(lines[y / 21], to: x / 10) + unescaped(match.3)
    }
    return lines
  }

  private static func start(of line: String, columns: Int) -> String {
    var start = ""
    for character in line where NumberText.width(start + String(character)) <= columns { start.append(character) }
    return start
  }

  private static func unescaped(_ text: Substring) -> String {
    String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
      .replacing("&amp;", with: "&")
  }

  private static func keyFrames(_ name: String, _ svg: String) throws -> [KeyFrame] {
    let start = try #require(svg.firstRange(of: "@keyframes \(name){")).upperBound
    let frames = svg[start...].prefix { $0 != "@" && $0 != "\n" }
    return frames.matches(of: /([0-9.]+)%\{transform:translateY?\((?:([0-9]+)px,)?(-?[0-9]+)px\)/).map { match in
      KeyFrame(
        time: Double(match.1) ?? .nan, column: (match.2.flatMap { Int($0) } ?? 0) / 10, row: (Int(match.3) ?? 0) / 21)
    }
  }
}
