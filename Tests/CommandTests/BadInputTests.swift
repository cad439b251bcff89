import Documents
import Foundation
import Testing

/// Every way to go wrong that we could think of, with all that the user is told.
///
/// The messages and exit codes are in `Golden/errors-*.txt`; `GRADUS_RECORD=1` records them again.
@Suite struct BadInputGoldenTests {
  struct Case: Sendable {
    let arguments: [String]
    var files: [String: String] = [:]
    var input = ""
  }

  static let groups: [String: [Case]] = [
    "usage": usage, "sources": sources, "scenarios": scenarios, "batches": batches, "outputs": outputs,
    "train": train, "plan": plan,
  ]

  @Test(arguments: groups.keys.sorted())
  func isToldExactly(group: String) throws {
    let transcript = try (Self.groups[group] ?? []).map { try Self.transcript(of: $0) }
    try Golden.expect(transcript.joined(separator: "\n"), "errors-\(group).txt")
  }

  /// The command with its input, what it says, and its exit code.
  private static func transcript(of wrong: Case) throws -> String {
    let program = try Program()
    for (name, text) in wrong.files { try program.write(text, to: name) }
    let result = try program(wrong.arguments, input: wrong.input)
    #expect([64, 65, 66, 74].contains(result.exitCode))
    #expect(result.output == "")
    #expect(
      try program.fileNames() == Set(wrong.files.keys.map { String($0.prefix { $0 != "/" }) }), "left a file behind")
    let command = wrong.arguments.map { $0.isEmpty || $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
    let inputs = (wrong.files.values.filter { !$0.isEmpty } + (wrong.input.isEmpty ? [] : [wrong.input])).map { text in
      text.split(separator: "\n").map { "| \(Self.visible(String($0)))\n" }.joined()
    }
    let errors = result.errors.replacingOccurrences(of: program.folder.path + "/", with: "")
    return "\(inputs.joined())$ gradus \(command)\n\(errors)[\(result.exitCode)]\n"
  }

  private static func visible(_ text: String) -> String {
    text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }.joined()
  }

  static let usage: [Case] = [
    Case(arguments: ["stpe", "ppo"]),
    Case(arguments: ["teach"]),
    Case(arguments: ["print"]),
    Case(arguments: ["print", "ppo", "loss", "--jsn"]),
    Case(arguments: ["step", "ppo", "--colour"]),
    Case(arguments: ["print", "ppo", "-loss"]),
    Case(arguments: ["print", "ppo", "--set", "cliprange"]),
    Case(arguments: ["print", "ppo", "--set", "cliprnge=0.1"]),
    Case(arguments: ["print", "ppo", "--set", "temp=0.1"]),
    Case(arguments: ["print", "ppo", "--set", "zzz=0.1"]),
    Case(arguments: ["print", "ppo", "--set", "cliprange=-1"]),
    Case(arguments: ["print", "ppo", "--set", "cliprange=high"]),
    Case(arguments: ["print", "ppo", "--set", "cliprange=nan"]),
    Case(arguments: ["print", "ppo", "--set", "cliprange=1e999"]),
    Case(arguments: ["print", "ppo", "--set", "batch_size=2.5"]),
    Case(arguments: ["print", "ppo", "--set", "num_total_batches=100000"]),
    Case(arguments: ["print", "ppo", "--set", "whiten_rewards=yes"]),
    Case(arguments: ["print", "ppo", "--set", "kl_estimator=k4"]),
    Case(arguments: ["print", "ppo", "--set", "seed=-1"]),
    Case(arguments: ["print", "ppo", "--set", "num_mini_batches=7"]),
    Case(arguments: ["print", "ppo", "--preset", "tlr"]),
    Case(arguments: ["print", "ppo", "rtaio[0,0]"]),
    Case(arguments: ["print", "ppo", "ratio[0]"]),
    Case(arguments: ["print", "ppo", "ratio[0,99]"]),
    Case(arguments: ["print", "ppo", "policy.logit[was,graet]"]),
    Case(arguments: ["print", "ppo", "mean(ratio"]),
    Case(arguments: ["print", "ppo", "loss +"]),
    Case(arguments: ["print", "ppo", ""]),
    Case(arguments: ["print", "ppo", "grad(metric(objective/kl))"]),
    Case(arguments: ["print", "ppo", "loss", "--at", "99999"]),
    Case(arguments: ["print", "ppo", "loss", "--at", "clpi"]),
    Case(arguments: ["print", "ppo", "loss", "--at", "9/0/0"]),
    Case(arguments: ["print", "ppo", "loss", "--at", "rollout"]),
    Case(arguments: ["print", "ppo", "-"], input: #"{"loss": }"#),
    Case(arguments: ["print", "ppo", "-"], input: #"["loss", 3]"#),
    Case(arguments: ["trace", "ppo", "--format", "html"]),
    Case(arguments: ["diagram", "ppo", "--output", "x.svg"]),
    Case(arguments: ["diagram", "ppo", "pipeline"]),
    Case(arguments: ["diagram", "ppo", "pipeline", "--output", "x.gif"]),
    Case(arguments: ["diagram", "ppo", "pipeline", "--output", "-"]),
    Case(arguments: ["diagram", "ppo", "pipelin", "--output", "x.svg"]),
    Case(arguments: ["compare", "ppo"]),
    Case(arguments: ["compare", "ppo", "--set", "lam=2"]),
    Case(arguments: ["compare", "ppo", "--set", "lam=1", "--plot", "a.svg"]),
    Case(arguments: ["compare", "ppo", "dpo", "--limit", "3"]),
    Case(arguments: ["compare", "ppo", "dpoo"]),
    Case(arguments: ["compare", "ppo", "ppo"]),
    Case(arguments: ["compare", "ppo", "sft"]),
    Case(arguments: ["compare", "ppo", "ppo-classic"]),
    Case(arguments: ["compare", "ppo", "dpo", "--set", "lamm=1"]),
    Case(arguments: ["compare", "ppo", "dpo", "--set", "lam=2"]),
    Case(arguments: ["compare", "grpo", "dpo", "--preset", "openai"]),
    Case(arguments: ["compare", "ppo", "grpo", "--set", "response_length=3"]),
    Case(arguments: ["compare", "ppo", "dpo", "--set", "temperature=0.5"]),
    Case(arguments: ["compare", "ppo", "dpo", "--plot", "frontier.gif"]),
    Case(arguments: ["scenarios", "pop"]),
  ]

  static let sources: [Case] = [
    Case(arguments: ["print", "pppo"]),
    Case(arguments: ["print", "ppo.yaml"]),
    Case(arguments: ["print", "missing.batch.json"]),
    Case(arguments: ["print", ""]),
    Case(arguments: ["print", "."]),
    Case(arguments: ["print", "notes.txt"], files: ["notes.txt": ""]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": ""]),
    Case(arguments: ["print", "a.json"], files: ["a.json": ""]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "\u{0}\u{1}\u{2}ELF"]),
    Case(arguments: ["print", "a.json"], files: ["a.json": "\u{7f}ELF\u{1b}[31m"]),
  ]

  static let scenarios: [Case] = [
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "just a text"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\n seed: 7\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: [ppo\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "seed: 7\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: pop\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\nseeed: 7\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\nseed: 1\nseed: 2\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\nseed: high\n"]),
    Case(arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\nseed: -1\n"]),
    Case(
      arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\noptions:\n  cliprange: -0.2\n"]),
    Case(
      arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\noptions:\n  cliprange: .nan\n"]),
    Case(
      arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\noptions:\n  clip_range: 0.2\n"]),
    Case(
      arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\noptions:\n  whiten_rewards: yes\n"]),
    Case(
      arguments: ["print", "a.yaml"],
      files: ["a.yaml": "algorithm: ppo\noptions:\n  batch_size: 2\n  num_mini_batches: 3\n"]),
    Case(
      arguments: ["print", "a.yaml"], files: ["a.yaml": "algorithm: ppo\nworld:\n  vocabulary: [a]\n"]),
    Case(
      arguments: ["print", "a.yaml"],
      files: ["a.yaml": world(prompts: "[the film]", demonstrations: "[{prompt: film, response: gut}]")]),
    Case(
      arguments: ["print", "a.yaml"],
      files: ["a.yaml": world(prompts: "[]", demonstrations: "[{prompt: film, response: <eos>}]")]),
    Case(
      arguments: ["print", "a.yaml"],
      files: ["a.yaml": world(prompts: "[the]", demonstrations: "[{prompt: film, response: <eos> the}]")]),
    Case(
      arguments: ["print", "a.json"], files: ["a.json": #"{"algorithm": "ppo", "options": {"lam": 2}}"#]),
  ]

  static let batches: [Case] = [
    batch(#"{"format": "gradus.batch/2"}"#),
    batch(#"{"format": "gradus.batch/1", "algorithm": "a2c"}"#),
    batch(#"{"format": "gradus.batch/1", "algorithm": "ppo"}"#),
    batch(#"{"sequences": []}"#),
    batch(#"{"format": "gradus.batch/1", "algorithm": "ppo", "sequences": []}"#),
    batch(#"{"format": "gradus.batch/1", "algorithm": "ppo", "sequences": [], "confg": {}}"#),
    batch(#"{"format": "gradus.batch/1", "algorithm": "ppo", "sequences": [1,]}"#),
    batch("{\"format\": \"gradus.batch/1\",\n \"algorithm\": \"ppo\", \"sequences\": ["),
    batch(sequence(logp: "[-1, NaN]")),
    batch(sequence(logp: "[-1, null]")),
    batch(sequence(logp: "[-1, 1e999]")),
    batch(sequence(logp: #"[-1, "-2"]"#)),
    batch(sequence(logp: "[-1]")),
    batch(sequence(logp: "-1")),
    batch(sequence(tokens: "[]")),
    batch(sequence(tokens: "[1, 2]")),
    batch(sequence(score: #""good""#)),
    batch(sequence(more: #", "rewrad": 1"#)),
    batch(sequence(more: #", "score": 1"#)),
    batch(sequence(config: #"{"entropy_coef": 0.1}"#)),
    batch(sequence(config: #"{"kl_estimator": "exact"}"#)),
    batch(sequence(config: #"{"learning_rate": 0.1}"#)),
    batch(sequence(config: #"{"gamma": 1.5}"#)),
    Case(
      arguments: ["print", "a.batch.json", "--set", "seed=1"], files: ["a.batch.json": sequence()]),
    Case(
      arguments: ["print", "a.batch.json", "--set", "learning_rate=1"], files: ["a.batch.json": sequence()]),
    Case(
      arguments: ["print", "a.batch.json", "policy.logit"], files: ["a.batch.json": sequence()]),
  ]

  static let outputs: [Case] = [
    Case(arguments: ["diagram", "ppo", "pipeline", "--output", "no/such/x.dot"]),
    Case(
      arguments: ["diagram", "ppo", "pipeline", "--output", "/dev", "--format", "dot"]),
    Case(arguments: ["trace", "ppo", "--output", "file/below"], files: ["file": ""]),
    Case(arguments: ["trace", "ppo", "--output", "file"], files: ["file": ""]),
    Case(arguments: ["trace", "ppo", "--format", "json", "--output", "no/x.json"]),
  ]

  private static func batch(_ text: String) -> Case {
    Case(arguments: ["print", "a.batch.json"], files: ["a.batch.json": text])
  }

  private static func world(prompts: String, demonstrations: String) -> String {
    """
    algorithm: ppo
    world:
      vocabulary: [the, film, <eos>]
      prompts: \(prompts)
      demonstrations: \(demonstrations)
      preferences: [{prompt: the, chosen: film, rejected: the}]
    """
  }

  private static func sequence(
    tokens: String = #"["a", "b"]"#, logp: String = "[-1, -2]", score: String = "1", more: String = "",
    config: String = "{}"
  ) -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "ppo",
     "config": \(config),
     "sequences": [
      {"tokens": \(tokens),
       "logp": \(logp),
       "old_logp": [-1, -2], "ref_logp": [-1, -2], "value": [0, 0], "old_value": [0, 0],
       "score": \(score)\(more)}]}
    """
  }
}
