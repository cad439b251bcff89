import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Groups that hold several prompts, each of which is in several groups: answers were put together in the wrong order.
  static let mixedGroups = Puzzle(name: "mixed-groups") { patient in
    guard let groups = patient.groupsOfAnswers else { return nil }
    if let finding = scatteredAnswers(patient, groups) { return finding }
    let prompts = groups.map { Set($0.map { $0.prompt }) }
    var places: [String: Int] = [:]
    for prompt in prompts.joined() { places[prompt, default: 0] += 1 }
    // Answers of several turns have prompts of their own, but share them with no other group.
    let mixed = prompts.filter { $0.count > 1 && $0.allSatisfy { places[$0, default: 0] > 1 } }
    if mixed.isEmpty { return severalPrompts(patient, groups) }
    guard let most = mixed.map({ $0.count }).max() else { return nil }
    return Finding(
      name: "mixed-groups", verdict: .bug,
      title: "\(mixed.count) of \(groups.count) groups hold answers to several prompts, \(most) at most",
      explanation: """
        The same prompts are in several groups. An answer is to be compared with others to its own prompt; here it is \
        compared with answers to other ones, so that an advantage says which prompt is easier.
        """,
      inference: "answers or rewards that were reshaped or interleaved in another order than the prompts do this",
      evidence: patient.evidence(
        ["count(group_mean)", "count(reward)", "group_mean[0]", "group_std[0]"], at: patient.end),
      advice:
        "Repeat each prompt as often as it has answers, one after the other, and group answers by the prompt's number.",
      topic: .advantage)
  }

  /// Every answer is a group of its own, and several of them are answers to one prompt.
  private static func scatteredAnswers(_ patient: Examination, _ groups: [[Answer]]) -> Finding? {
    let prompts = Set(groups.joined().map { $0.prompt })
    guard patient.comparesWithinGroups, groups.count >= 4, groups.allSatisfy({ $0.count == 1 }),
      2 * prompts.count <= groups.count, prompts != [""]
    else { return nil }
    return Finding(
      name: "mixed-groups", verdict: .bug,
      title: "Every answer is a group of its own, though \(groups.count) answers are to \(prompts.count) prompts",
      explanation: """
        An answer is to be compared with others to its own prompt; alone it is compared with nothing. What each prompt's answers \
        share, and no other answer has, is to be their group.
        """,
      inference: "a number or uid that was made for each row, and not for each prompt, does this",
      evidence: patient.evidence(["count(group_mean)", "count(reward)", "max(abs(advantage))"], at: patient.end),
      advice: "Give each prompt's answers a group of their own, by the prompt's number or uid.", topic: .advantage)
  }

  /// Groups that hold several prompts with several answers each, which are a group each.
  private static func severalPrompts(_ patient: Examination, _ groups: [[Answer]]) -> Finding? {
    guard patient.comparesWithinGroups else { return nil }
    let found = groups.map { $0.counts }.filter { counts in
      let prompts = counts.keys.sorted()
      // The turns of a conversation begin with the same one, and hardly two of the later ones are alike.
      return prompts.count > 1 && counts.values.allSatisfy { $0 > 1 && $0 == counts[prompts[0]] }
        && zip(prompts, prompts.dropFirst()).allSatisfy { !$1.hasPrefix($0) }
    }
    guard let first = found.first, let each = first.values.first else { return nil }
    return Finding(
      name: "mixed-groups", verdict: .bug,
      title: groups.count == 1
        ? "All answers are one group, though they are \(each) each to \(first.count) prompts"
        : "\(found.count) of \(groups.count) groups hold \(each) answers each to \(first.count) prompts",
      explanation: """
        An answer is to be compared with others to its own prompt; here it is compared with answers to other ones, so that an \
        advantage says which prompt is easier.
        """,
      inference: "a group's number that was left at one value for a whole batch or process does this",
      evidence: patient.evidence(
        ["count(group_mean)", "count(reward)", "group_mean[0]", "group_std[0]"], at: patient.end),
      advice: "Give each prompt's answers a group of their own, by the prompt's number or uid.", topic: .advantage)
  }

  /// Groups whose answers are all the same tokens and do not earn the same.
  static let identicalAnswers = Puzzle(name: "identical-answers") { patient in
    guard let groups = patient.groupsOfAnswers, groups.count > 1 else { return nil }
    let large = groups.filter { $0.count >= 4 }
    let found = large.filter { group in
      group[0].tokens.count >= 2 && group.allSatisfy { $0.tokens == group[0].tokens }
        && group.contains { $0.reward != group[0].reward }
    }
    guard let first = found.first, 2 * found.count >= large.count else { return nil }
    return Finding(
      name: "identical-answers", verdict: .bug,
      title: "The same answer earns different rewards, in \(found.count) of \(groups.count) groups",
      explanation: """
        All \(first.count) answers of such a group have the same \(first[0].tokens.count) tokens. What one of them earns \
        more is not about the answer, and their gradients cancel each other.
        """,
      inference:
        "tokens or rewards that are those of other answers, or a judge that says something else each time, do this",
      evidence: patient.evidence(["group_mean[0]", "group_std[0]", "max(reward)", "min(reward)"], at: patient.end),
      advice: "Compare the tokens that are recorded with those that were sampled, and judge one answer twice.",
      topic: .advantage)
  }

  /// Groups of very different sizes.
  static let unevenGroups = Puzzle(name: "uneven-groups") { patient in
    guard let sizes = patient.groupsOfAnswers?.map({ $0.count }), let least = sizes.min(), let most = sizes.max(),
      most >= 8 * least
    else { return nil }
    return Finding(
      name: "uneven-groups", verdict: .caution, title: "Groups have \(least) to \(most) answers",
      explanation: """
        Means and deviations of small groups are mostly noise, and an answer that is alone has nothing to be compared with. \
        Samplers give each prompt as many answers as any other.
        """,
      evidence: patient.evidence(["count(group_mean)", "count(reward)"], at: patient.end),
      advice:
        "Look at how answers are given their groups: by the prompt's number, or by something that differs between them?",
      topic: .advantage)
  }
}

/// An answer as far as its group is concerned.
private struct Answer {
  let prompt: String
  let tokens: [String]
  let reward: Double?
}

extension [Answer] {
  /// How many answers each prompt has.
  fileprivate var counts: [String: Int] {
    reduce(into: [:]) { $0[$1.prompt, default: 0] += 1 }
  }
}

extension Examination {
  /// The answers of each group of a batch.
  fileprivate var groupsOfAnswers: [[Answer]]? {
    guard let contents = batch?.contents, case .groups(let batch) = contents else { return nil }
    var groups = [[Answer]](repeating: [], count: batch.groups.count)
    for (i, answer) in batch.sequences.enumerated() {
      groups[answer.group].append(
        Answer(prompt: answer.prompt, tokens: answer.tokens, reward: trace.value(.reward, i, at: end)))
    }
    return groups.filter { !$0.isEmpty }
  }
}
