import ArgumentParser
import Foundation
import Simulation
import Testing

@testable import gradus

/// What shells complete; `Tests/Interop` drives real ones with a terminal.
@Suite struct CompletionTests {
  /// The built-in scenarios whose names begin so.
  private static func scenarios(_ start: String) -> [String] {
    Scenario.builtIn.map(\.name).filter { $0.hasPrefix(start) }
  }

  /// Breaks a line into words as readline does, and asks the script that is installed for bash.
  private static let driver = #"""
    source ./gradus.bash
    COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() rest=$1
    while rest="${rest#"${rest%%[![:space:]]*}"}" && [[ -n $rest ]]; do
      [[ $rest =~ ^[=:]+ ]] || [[ $rest =~ ^[^[:space:]=:]+ ]]
      COMP_WORDS+=("${BASH_REMATCH[0]}")
      rest=${rest#"${BASH_REMATCH[0]}"}
    done
    [[ $1 = *[[:space:]] ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    cur=${COMP_WORDS[COMP_CWORD]}
    [[ $cur = [=:]* ]] && cur=
    # There is no line editor to be told.
    compopt() { :; }
    _gradus_whole_words ./gradus "$cur" "${COMP_WORDS[COMP_CWORD - 1]}"
    [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
    """#

  private func complete(_ line: String, in program: Program) throws -> [String] {
    try program.write(try program(["--generate-completion-script", "bash"]).output, to: "gradus.bash")
    try program.write(Self.driver, to: "driver.bash")
    if !FileManager.default.fileExists(atPath: program.file("gradus").path) {
      try FileManager.default.createSymbolicLink(at: program.file("gradus"), withDestinationURL: Program.executable)
    }
    let result = try program.shell("bash driver.bash './\(line)'")
    #expect(result.errors == "")
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    ("gradus sc", ["scenarios", "score"]),
    ("gradus step gr", ["grpo", "grpo-user-groups"]),
    ("gradus step ppo --pre", ["--preset"]),
    ("gradus step ppo --preset o", ["openrlhf", "openai"]),
    ("gradus step ppo --set cl", ["cliprange=", "cliprange_high=", "clip_ratio_c=", "cliprange_value="]),
    // What is clear gets its value, since a shell would end it with a space.
    ("gradus step ppo --set cliprange_v", ["cliprange_value=0.2"]),
    ("gradus step ppo --set whiten_scope=", ["batch", "minibatch"]),
    ("gradus step ppo --set whiten_scope=m", ["minibatch"]),
    ("gradus step dpo --set cl", []),
    ("gradus step ppo --set se", ["seed=7"]),
    ("gradus step dpo --set loss_type=ro", ["robust"]),
    ("gradus print ppo los", ["loss"]),
    ("gradus print ppo loss --at 0/1/", ["0/1/0", "0/1/1"]),
    ("gradus diagram ppo pi", ["pipeline"]),
    ("gradus diagram ppo clip --format p", ["png", "pdf"]),
    ("gradus scenarios re", Self.scenarios("re")),
    ("gradus quiz rei", ["reinforce"]),
    ("gradus choose --answer sc", ["score=yes", "score=no"]),
    ("gradus lesson 1", ["1", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19"]),
    ("gradus lesson 04", ["04-ratio"]),
    ("gradus tour d", ["dpo", "distill"]),
    ("gradus train r", ["reward", "remax", "rlhf"]),
    ("gradus train grpo --dataset t", ["task:film-reviews", "task:addition", "task:user-groups", "task:preferences"]),
    ("gradus train grpo --dataset task:a", ["addition"]),
    ("gradus train grpo --set scale_rewards=n", ["none"]),
    ("gradus train rlhf --set ppo.vf_c", ["ppo.vf_coef=0.1"]),
    ("gradus notebook e", ["export"]),
  ])
  func bashCompletes(line: String, to candidates: [String]) throws {
    #expect(try complete(line, in: try Program()) == candidates)
  }

  @Test func filesAreOfferedWhereTheyFit() throws {
    let program = try Program()
    for name in ["mine.yaml", "notes.txt", "runs/grpo/batches/step-000050.batch.json", "more/a.md", ".hidden.yaml"] {
      try program.write("", to: name)
    }
    #expect(try complete("gradus step m", in: program) == ["mine.yaml", "more/"])
    #expect(
      try complete("gradus step r", in: program)
        == Self.scenarios("r") + ["runs/grpo/batches/step-000050.batch.json"])
    #expect(try complete("gradus step more", in: program) == [])
    #expect(try complete("gradus lesson mo", in: program) == ["more/a.md"])
    #expect(try complete("gradus train sft --config mi", in: program) == ["mine.yaml"])
    #expect(try complete("gradus train sft --model mo", in: program) == ["more"])
  }

  /// Bash expands a list of candidates as it expands a command.
  @Test func aFilesNameIsNotRun() throws {
    let program = try Program()
    for name in ["$(touch RUN).yaml", "`touch RUN`.yaml", "a b.yaml", "x;y.yaml"] { try program.write("", to: name) }
    let candidates = try complete("gradus step ", in: program)
    #expect(candidates.last == Scenario.builtIn.last?.name)
    #expect(try !program.fileNames().contains("RUN"))
  }

  @Test func eachShellGetsWhatItUnderstands() {
    let candidate = Candidate("task:a\\b", "Adds.")
    #expect(candidate.line(for: .zsh) == "task\\:a\\\\b:Adds.")
    #expect(candidate.line(for: .fish) == "task:a\\b\tAdds.")
    #expect(candidate.line(for: .bash) == nil)
    #expect(Candidate("task:a", "Adds.").line(for: .bash) == "task:a")
    #expect(Candidate("$(x)").line(for: .zsh) == "$(x)")
    #expect(Candidate("a\nb").line(for: .fish) == nil)
    #expect(Candidate("a\u{1b}[31m").line(for: .zsh) == nil)
  }

  @Test(arguments: ["bash", "zsh", "fish"].filter(InstallTests.has))
  func theScriptParses(shell: String) throws {
    let program = try Program()
    let script = try program(["--generate-completion-script", shell])
    #expect(script.exitCode == 0)
    try program.write(script.output, to: "script")
    let result = try program.shell("\(shell) -n script")
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(try program(["--generate-completion-script=\(shell)"]).output == script.output)
  }

  @Test func anUnknownShellIsAnError() throws {
    let result = try Program()(["--generate-completion-script", "csh"])
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("Error: Can't generate completion scripts for 'csh'."))
  }
}
