import Foundation
import Testing

@Suite struct DoctorTests {
  @Test func findingsAreNoError() throws {
    let batch = PrintTests.oracles.appending(path: "zero-variance-group.batch.json").path
    let result = try Program()(["doctor", batch])
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(result.output.contains("1 of 2 groups teaches nothing"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func jsonHasTheEvidence() throws {
    let batch = PrintTests.oracles.appending(path: "zero-variance-group.batch.json").path
    let result = try Program()(["doctor", batch, "--json"])
    #expect(result.output.contains(#""expression": "group_std[0]""#))
  }

  @Test func oneFindingCanBeAskedFor() throws {
    let program = try Program()
    let one = try program(["doctor", "grpo", "flat-groups"])
    #expect(one.exitCode == 0 && one.output.hasPrefix("· 1 of 4 groups teaches nothing\n"))
    #expect(try program(["doctor", "grpo"]).output.contains(one.output))
    let absent = try program(["doctor", "grpo", "stuck-margin"])
    #expect(absent.exitCode == 64 && absent.errors == "Error: stuck-margin is not seen in this run\n")
    #expect(try program(["doctor", "grpo", "flat-groups", "--json"]).exitCode == 64)
  }

  @Test func aBatchMayBringWhatItsTrainerLogged() throws {
    let program = try Program()
    let batch = """
      {"format": "gradus.batch/1", "algorithm": "grpo", "logged": {"kl": 1.0}, "config": {"beta": 0.04},
       "sequences": [
        {"tokens": ["a", "b"], "group": "g", "reward": 1, "logp": [-1, -1], "old_logp": [-1, -1.1],
         "ref_logp": [-2, -2]},
        {"tokens": ["a", "b"], "group": "g", "reward": 0, "logp": [-1, -1], "old_logp": [-1, -0.9],
         "ref_logp": [-2, -2]}]}
      """
    // With d = 1 everywhere, the inverted k3 is e − 2.
    try program.write(batch.replacing("\"kl\": 1.0", with: "\"kl\": 0.7182818284"), to: "inverted.json")
    #expect(try program(["doctor", "inverted.json"]).output.contains("The logged KL is inverted"))
    try program.write(batch.replacing("\"kl\": 1.0", with: "\"klx\": 1"), to: "unknown.json")
    #expect(try program(["doctor", "unknown.json"]).exitCode == 65)
  }
}
