import Foundation
import Testing

@Suite struct PlotCommandTests {
  @Test(arguments: [("svg", [UInt8]("<svg ".utf8)), ("png", [0x89, 0x50, 0x4E, 0x47]), ("pdf", [UInt8]("%PDF".utf8))])
  func aFilesEndingIsItsFormat(ending: String, start: [UInt8]) throws {
    let program = try Program()
    let result = try program(["plot", "ppo", "clip", "--output", "clip.\(ending)"])
    #expect(result.errors == "")
    #expect(try Data(contentsOf: program.file("clip.\(ending)")).starts(with: start))
  }

  @Test func withoutAFileItIsDrawnInTheTerminal() throws {
    let program = try Program()
    let result = try program(["plot", "dpo", "pair-loss"])
    #expect(result.errors == "")
    #expect(result.output.contains("pair_loss[i] = −log σ(margin[i])"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func theDebuggerDrawsItToo() throws {
    let program = try Program()
    let result = try program(["step", "ppo"], input: "goto 339\nplot clip\nplot clip clip.svg\nplot pair-loss\n")
    #expect(result.output.contains("iteration 0, epoch 0, minibatch 1"))
    #expect(result.output.contains("wrote clip.svg"))
    #expect((result.output + result.errors).contains("ppo has no plot pair-loss"))
    #expect(try program.read("clip.svg").hasPrefix("<svg "))
  }

  @Test(arguments: [
    (["plot", "ppo", "clipp"], "there is no plot clipp; did you mean clip?"),
    (["plot", "dpo", "clip"], "dpo has no plot clip"),
    (["plot", "ppo", "clip", "--output", "clip.gif"], "clip.gif: the name does not say which format"),
  ])
  func whatCannotBePlottedIsSaid(arguments: [String], message: String) throws {
    let program = try Program()
    let result = try program(arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message))
    #expect(!FileManager.default.fileExists(atPath: program.file("clip.gif").path))
  }
}
