import Foundation
import Testing

@testable import gradus

@Suite struct OutputTests {
  @Test func aWrittenFileIsThereWholeAndKeepsItsMode() throws {
    let program = try Program()
    try program.write("old", to: "a")
    chmod(program.file("a").path, 0o640)
    try OutputFile.write("new", to: program.file("a").path)
    #expect(try program.read("a") == "new")
    let mode = try FileManager.default.attributesOfItem(atPath: program.file("a").path)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    #expect(try program.fileNames() == ["a"])
  }

  @Test func aLinkStaysALink() throws {
    let program = try Program()
    try program.write("old", to: "target")
    try FileManager.default.createSymbolicLink(at: program.file("link"), withDestinationURL: program.file("target"))
    try OutputFile.write("new", to: program.file("link").path)
    #expect(try program.read("target") == "new")
    #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: program.file("link").path)) != nil)
  }

  @Test func aDeviceStaysADevice() throws {
    try OutputFile.write("nothing", to: "/dev/null")
    #expect(try FileHandle(forReadingFrom: URL(filePath: "/dev/null")).availableData.isEmpty)
  }

  @Test func foldersAreMadeWhole() throws {
    let program = try Program()
    try OutputFile.makeFolder(program.file("a/b//c/").path)
    try OutputFile.makeFolder(program.file("a/b/c").path)
    try OutputFile.write("x", to: program.file("a/b/c/d").path)
    #expect(try program.read("a/b/c/d") == "x")
  }

  @Test func aReaderThatLeavesIsNoError() throws {
    let result = try Program().shell("\"$GRADUS\" trace ppo --format json | head -c 1")
    #expect(result.errors == "")
    #expect(result.output == "{")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsAnError() throws {
    let result = try Program().shell("\"$GRADUS\" print ppo > /dev/full")
    #expect(result.errors == "Error: standard output cannot be written: No space left on device\n")
    #expect(result.exitCode == 74)
  }

  @Test func controlCharactersOfAFileDoNotReachTheTerminal() throws {
    let program = try Program()
    try program.write(#"{"algorithm": "ppo", "\u001b[31m": 1}"#, to: "a.json")
    #expect(try program(["print", "a.json"]).errors.hasPrefix(#"a.json:1:22: unknown key '\u{1b}[31m'"#))
  }
}
