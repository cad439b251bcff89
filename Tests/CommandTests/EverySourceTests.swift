import Simulation
import Testing

/// Every built-in source goes through every command.
@Suite struct EverySourceTests {
  @Test(arguments: Scenario.builtIn.map(\.name))
  func canBeTracedAndDiagnosed(name: String) throws {
    let program = try Program()
    let trace = try program(["trace", name, "--output", "out"])
    #expect(trace.exitCode == 0, "\(trace.errors)")
    let document = try program.read("out/trace.md")
    #expect(document.hasPrefix("# "))
    #expect(!document.contains("nan") && !document.contains("cannot print value"))
    for command in [
      ["print", name], ["doctor", name], ["trace", name, "--format", "json", "--output", "trace.json"],
    ] {
      let result = try program(command)
      #expect(result.exitCode == 0, "\(command): \(result.errors)")
    }
  }

  /// Every beat has a sentence and fits 80 columns; every way of stepping ends.
  @Test(arguments: Scenario.builtIn.map(\.name))
  func canBeSteppedThrough(name: String) throws {
    let result = try Program()(
      ["step", name], input: "next 3\nstep 3\nback\nwhere\nlist all\ngoto end\nlist\nshow options\n")
    #expect(result.exitCode == 0, "\(result.errors)")
  }
}
