import Foundation
import Testing

/// What needs a Python is in `Tests/Interop/test_grade.py`.
@Suite struct GradeCommandTests {
  @Test func exercisesAreListedAndBegun() throws {
    let program = try Program()
    let list = try program(["grade", "--list"])
    #expect(list.exitCode == 0)
    #expect(list.output.contains("  ppo_clip"))
    #expect(list.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let starter = try program(["grade", "--exercise", "gae", "--starter"])
    #expect(starter.output.contains("def gae(reward, value, mask, *, gamma, lam):"))
    #expect(starter.output.hasSuffix("    raise NotImplementedError\n"))
    let key = try program(["grade", "--exercise", "gae", "--key", "--student", "alice"])
    #expect(key.output.hasPrefix("# gae: answer key\n"))
    #expect(key.output != (try program(["grade", "--exercise", "gae", "--key"])).output)
  }

  @Test(arguments: [
    (["grade"], 64, "name a file to grade; `gradus grade --list` shows the exercises"),
    (["grade", "a.py"], 64, "name the exercise with --exercise; --list shows them"),
    (["grade", "a.py", "--exercise", "grop"], 64, "Error: there is no exercise 'grop'; did you mean grpo?"),
    (["grade", "a.py", "--list"], 64, "--list, --starter and --key go with no file"),
    (["grade", "--list", "--key"], 64, "--list, --starter and --key are three things: name one"),
    (["grade", "a.py", "--exercise", "gae", "--seconds", "0"], 64, "--seconds must be from 0.1 to 86400"),
    (
      ["grade", "a.py", "--exercise", "gae"], 66,
      "Error: there is no file 'a.py'; `gradus grade --exercise gae --starter > a.py` makes one"
    ),
    (
      ["grade", "b.py", "--exercise", "gae", "--python", "no-python"], 66,
      "Error: no-python is not in PATH: name a Python 3 with --python or GRADUS_PYTHON"
    ),
    (
      ["grade", "b.py", "--exercise", "gae", "--python", "/bin/true"], 66,
      "Error: /bin/true does not run: is it Python 3.9 or newer? Name another one with --python or GRADUS_PYTHON"
    ),
  ])
  func whatCannotBeGradedIsSaid(arguments: [String], code: Int32, message: String) throws {
    let program = try Program()
    try program.write("def gae(): pass\n", to: "b.py")
    let result = try program(arguments)
    #expect(result.exitCode == code)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try program.fileNames() == ["b.py"])
  }

  @Test func aBatchIsComparedWithWhatItsProgramComputed() throws {
    let program = try Program()
    let sequence = """
      {"prompt": "", "tokens": ["a"], "logp": [-1], "old_logp": [-1.1], "reward": %, "group": "g"}
      """
    func batch(_ loss: Double) -> String {
      let sequences = ["0", "1"].map { sequence.replacing("%", with: $0) }.joined(separator: ", ")
      return """
        {"format": "gradus.batch/1", "algorithm": "grpo", "config": {"loss_type": "grpo"},
         "logged": {"loss": \(loss)}, "sequences": [\(sequences)]}
        """
    }
    try program.write(batch(0.25), to: "mine.json")
    let wrong = try program(["grade", "mine.json", "--exercise", "grpo"])
    #expect(wrong.exitCode == 1)
    #expect(wrong.output.hasPrefix("✗ grpo: loss is wrong: 0.2500"))
  }
}
