import Documents
import Objectives
public import Simulation

/// Writes a scenario as the YAML that reads back as the same scenario, with every option explained.
public enum ScenarioYAML {
  /// The scenario as a file to edit.
  public static func text(_ scenario: Scenario) -> String {
    var lines = [
      "# A scenario for Gradus: save it as mine.yaml, edit it, and open it with: gradus step mine.yaml",
      "# All keys but `algorithm` may be left out; the values of the built-in scenario then count.",
      "algorithm: \(scenario.algorithm.name)",
      "title: \(scalar(scenario.title))",
      "",
      "# Everything random follows from this number.",
      "seed: \(scenario.seed)",
      "",
      "options:",
    ]
    for option in Source.scenario(scenario).options {
      lines += comment(option)
      lines += ["  \(option.name): \(scenario.settings[option].text)", ""]
    }
    switch scenario.surroundings {
    case .language(let world): lines += self.world(world)
    case .decisions(let process): lines += decisions(process)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func comment(_ option: Option) -> [String] {
    let description = option.description
    let range = "\(description.name) is \(option.expectation)."
    return wrapped(description.sentence) + wrapped(range) + wrapped("From: \(description.source).")
  }

  /// Comment lines of at most 80 columns.
  private static func wrapped(_ text: String) -> [String] {
    NumberText.lines(text, width: 76).map { "  # " + $0 }
  }

  // MARK: The world

  private static func world(_ world: World) -> [String] {
    var lines = [
      "# The language: a vocabulary of 2 to 64 tokens, of which <eos> ends a response.",
      "world:",
      "  vocabulary: [\(world.vocabulary.map { scalar($0) }.joined(separator: ", "))]",
      "",
      "  # The prompts take turns.",
      "  prompts:",
    ]
    func text(_ tokens: [Int]) -> String { scalar(world.text(tokens)) }
    lines += world.prompts.map { "    - \(text($0))" }
    lines += ["", "  # What the reference policy learns from.", "  demonstrations:"]
    lines += world.demonstrations.map { "    - {prompt: \(text($0.prompt)), response: \(text($0.response))}" }
    if !world.preferences.isEmpty {
      lines += ["", "  # What the reward model learns from.", "  preferences:"]
      lines += world.preferences.map {
        let margin = $0.margin.map { ", margin: \(NumberText.full($0))" } ?? ""
        return "    - {prompt: \(text($0.prompt)), chosen: \(text($0.chosen)), rejected: \(text($0.rejected))\(margin)}"
      }
    }
    if !world.judgements.isEmpty {
      lines += ["", "  # Responses judged by themselves, for KTO.", "  judgements:"]
      lines += world.judgements.map {
        "    - {prompt: \(text($0.prompt)), response: \(text($0.response)), desirable: \($0.isDesirable)}"
      }
    }
    return lines + rewards(world)
  }

  /// What a rule or users reward, and what the policy sees.
  private static func rewards(_ world: World) -> [String] {
    var lines: [String] = []
    if !world.answers.isEmpty {
      lines += ["", "  # The only right response to each prompt, without <eos>.", "  answers:"]
      lines += world.answers.map { "    - \(scalar(world.text($0)))" }
    }
    if !world.users.isEmpty {
      lines += ["", "  # Kinds of users: their prompts, and what one of each token is worth to them.", "  users:"]
      lines += world.users.flatMap { kind in users(kind, in: world) }
    }
    if !world.taste.isEmpty {
      lines += ["", "  # What words in a row are truly worth to readers. Nothing learns from it:"]
      lines += ["  # it is what gradus compare measures a learned reward against.", "  taste:"]
      lines += world.taste.map { "    \(scalar(world.text($0.words))): \(NumberText.full($0.worth))" }
    }
    guard world.policySeesPrompt else { return lines }
    return lines + [
      "", "  # Whether the next token depends on the prompt too, or on the previous token alone.",
      "  policy_sees_prompt: true",
    ]
  }

  private static func users(_ kind: World.Users, in world: World) -> [String] {
    var prompts: [String] = []
    for prompt in kind.prompts.map({ scalar(world.text(world.prompts[$0])) }) where !prompts.contains(prompt) {
      prompts.append(prompt)
    }
    let likes = kind.likes.enumerated().filter { $0.element != 0 }.map { token, worth in
      "\(scalar(world.vocabulary[token])): \(NumberText.full(worth))"
    }
    return [
      "    - name: \(scalar(kind.name))", "      prompts: [\(prompts.joined(separator: ", "))]",
      "      likes: {\(likes.joined(separator: ", "))}",
    ]
  }

  private static func decisions(_ process: DecisionProcess) -> [String] {
    func list(_ names: [String]) -> String { "[" + names.map { scalar($0) }.joined(separator: ", ") + "]" }
    var lines = [
      "# The states in which one acts, those in which an episode ends, and what one can do.",
      "world:",
      "  states: \(list(process.states))",
      "  terminal: \(list(process.terminals))",
      "  actions: \(list(process.actions))",
      "",
      "  # Where episodes start, in turn, and after how many steps they are cut off.",
      "  start: \(list(process.starts.map { process.names[$0] }))",
      "  step_limit: \(process.stepLimit)",
      "",
      "  # What may follow from each action in each state; the probabilities add up to 1.",
      "  transitions:",
    ]
    for (s, actions) in process.outcomes.enumerated() {
      for (a, outcomes) in actions.enumerated() {
        lines += outcomes.map { outcome in
          "    - {state: \(scalar(process.states[s])), action: \(scalar(process.actions[a])), "
            + "next: \(scalar(process.names[outcome.next])), "
            + "probability: \(NumberText.full(outcome.probability)), reward: \(NumberText.full(outcome.reward))}"
        }
      }
    }
    return lines
  }

  // MARK: Text

  /// A text as it is where YAML then reads the same text, otherwise in double quotes.
  private static func scalar(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

  /// Whether the text is words that begin with a letter or `<`, and none that YAML takes for something else.
  private static func isPlain(_ text: String) -> Bool {
    func isLetter(_ scalar: Unicode.Scalar) -> Bool {
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
    guard let first = text.unicodeScalars.first, isLetter(first) || first == "<", text.last != " " else { return false }
    let isSpecial = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    return !isSpecial && text.unicodeScalars.allSatisfy { isLetter($0) || "<>_ ".unicodeScalars.contains($0) }
  }

  /// What YAML would fold or refuse is escaped: controls, and the line and paragraph separators.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5c: result += "\\" + String(scalar)
      case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
