import ArgumentParser
import Foundation
import Testing

@testable import gradus

/// What `make install` does once the program is built.
@Suite struct InstallTests {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  static func has(_ tool: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
    }
  }

  /// Installs below `/usr` of the folder.
  private func installed() throws -> Program {
    let program = try Program()
    let result = try script("install.sh \"$GRADUS\"", in: program)
    #expect(result.exitCode == 0 && result.output == "" && result.errors == "")
    return program
  }

  private func script(_ line: String, in program: Program) throws -> Program.Result {
    try program.shell("DESTDIR='\(program.folder.path)' PREFIX=/usr '\(Self.repository.path)/Scripts/'\(line)")
  }

  private func files(in program: Program) throws -> Set<String> {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: program.folder.path)
    return Set(
      paths.filter { path in
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: program.file(path).path, isDirectory: &isFolder)
        return exists && !isFolder.boolValue && path.hasPrefix("usr/")
      })
  }

  private var commands: [String] {
    Gradus.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
  }

  @Test func everyFileIsInItsPlace() throws {
    let program = try installed()
    let files = try files(in: program)
    var expected: Set<String> = [
      "usr/bin/gradus", "usr/share/man/man1/gradus.1", "usr/share/bash-completion/completions/gradus",
      "usr/share/zsh/site-functions/_gradus", "usr/share/fish/vendor_completions.d/gradus.fish",
      "usr/share/doc/gradus/README.md", "usr/share/doc/gradus/CHANGELOG.md",
    ]
    for command in commands { expected.insert("usr/share/man/man1/gradus-\(command).1") }
    let documentation = files.filter { $0.hasPrefix("usr/share/doc/gradus/") }
    #expect(documentation.contains("usr/share/doc/gradus/lessons/01-cliff.md"))
    #expect(documentation.contains("usr/share/doc/gradus/lessons/tours/ppo.md"))
    #expect(documentation.contains("usr/share/doc/gradus/lessons/derivations/gae.md"))
    #expect(documentation.contains("usr/share/doc/gradus/Documentation/example.batch.json"))
    // The engine is there if it was built.
    #expect(
      files.subtracting(documentation).subtracting([
        "usr/share/gradus/gradus.wasm", "usr/share/gradus/gradus-train.wasm",
      ])
        == expected.filter { !$0.contains("/doc/") })
    #expect(documentation.isSuperset(of: expected.filter { $0.contains("/doc/") }))
    #expect(try program.shell("usr/bin/gradus --version").output == "\(Version.text)\n")
  }

  @Test func whatIsInstalledCanBeRemoved() throws {
    let program = try installed()
    let other = program.file("usr/share/man/man1/other.1")
    try Data("another page".utf8).write(to: other)
    let result = try script("install.sh remove", in: program)
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(try files(in: program) == ["usr/share/man/man1/other.1"])
  }

  @Test func aProgramThatCannotRunIsNotInstalled() throws {
    let program = try Program()
    let result = try script("install.sh /bin/false", in: program)
    #expect(result.exitCode != 0)
    #expect(try files(in: program).isEmpty)
  }

  @Test func theVersionIsTheSameEverywhere() throws {
    let program = try Program()
    // With the commit, if the tests are built in a repository.
    let parts = try program(["--version"]).output.split(whereSeparator: { " \n()".contains($0) })
    #expect(parts.first.map { String($0) } == Version.number && parts.dropFirst().allSatisfy { $0.count == 7 })
    #expect(try script("version.sh", in: program).output == "\(Version.number)\n")
    _ = try program(["manual", "--output", "man"])
    #expect(try program.read("man/gradus.1").contains(".TH \"GRADUS\" 1 \(Version.date) \"Gradus \(Version.number)\""))
  }

  // MARK: Manual

  @Test func theManualNamesEveryCommandAndOption() throws {
    let program = try Program()
    let result = try program(["manual", "--output", "man"])
    #expect(result.output == "wrote \(commands.count + 1) pages to man\n")
    let overview = try program.read("man/gradus.1")
    for command in commands {
      #expect(overview.contains("\n\\fBgradus\\-\(command)\\fR(1)\n"))
      let page = try program.read("man/gradus-\(command).1")
      let help = try program([command, "--help"]).output
      // The options, as the help lists them.
      for match in help.matches(of: /\n  (?:-h, )?--([a-z-]+)/) {
        #expect(page.contains("\\fB\\-\\-\(match.1.replacing("-", with: "\\-"))\\fR"), "\(command) --\(match.1)")
      }
    }
    let step = try program.read("man/gradus-step.1")
    #expect(step.contains("\\fBreverse\\-continue\\fR (short: rc)\nThe same backward.\n"))
    let notebook = try program.read("man/gradus-notebook.1")
    #expect(notebook.contains(".SH \"GRADUS NOTEBOOK CHECK\"\n"))
  }

  @Test(.enabled(if: has("mandoc"))) func theManualIsFreeOfWarnings() throws {
    let program = try Program()
    _ = try program(["manual", "--output", "man"])
    let result = try program.shell("mandoc -T lint -W warning man/*.1")
    #expect(result.exitCode == 0 && result.output == "")
  }

  @Test func textCannotCommandThePage() {
    var page = ManualText(page: "x")
    page.paragraphs(".so /etc/passwd\n'it' -- \\fBold\\fR `a-b`")
    #expect(page.text.hasSuffix("\n\\&.so /etc/passwd\n.br\n\\(aqit\\(aq \\-\\- \\efBold\\efR \\fBa\\-b\\fR\n"))
  }

  // MARK: Packages

  @Test(.enabled(if: has("ruby"))) func theFormulaIsRuby() throws {
    let result = try Program().shell("ruby -c '\(Self.repository.path)/Scripts/packaging/homebrew/gradus.rb'")
    #expect(result.exitCode == 0)
  }

  /// Both files are written by hand, and would otherwise go on naming what is no longer there.
  @Test(arguments: ["Scripts/packaging/Containerfile", "Scripts/packaging/homebrew/gradus.rb"])
  func whatIsRunIsThere(file: String) throws {
    let text = try String(contentsOf: Self.repository.appending(path: file), encoding: .utf8)
    let makefile = try String(contentsOf: Self.repository.appending(path: "Makefile"), encoding: .utf8)
    let targets = text.matches(of: /(?:RUN make |"make", ")([a-z]+)/).map { String($0.1) }
    #expect(!targets.isEmpty)
    for target in targets { #expect(makefile.contains("\n\(target):")) }
    for match in text.matches(of: /Scripts\/[a-z-]+\.sh/) {
      #expect(FileManager.default.isExecutableFile(atPath: Self.repository.appending(path: String(match.0)).path))
    }
  }
}
