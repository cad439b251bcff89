import Autodiff
import Objectives
import Simulation

extension Misconception {
  /// What people get wrong about the advantages of a group.
  ///
  /// - Parameter isScaled: Whether they are divided by the group's deviation.
  static func groupAdvantages(isScaled: Bool) -> [Misconception] {
    (isScaled ? deviations : [divided]) + means
  }

  private static let deviations: [Misconception] = [
    .term("std-n", .groupStd, text: "group_std divides by n, not n − 1") { r in
      let n = Double(r.members[r.i].count)
      return r.x * ((n - 1) / n).squareRoot()
    },
    .term("std-variance", .groupStd, text: "group_std is the variance: the root is missing") { r in square(r.x) },
    .term("std-around-0", .groupStd, text: "group_std is measured from 0, not from the group's mean") { r in
      let rewards = r.members[r.i].map { r.term(.reward, $0) }
      guard rewards.count > 1 else { return nil }
      return sqrt(r.tape.sum(rewards.map(square)) / Double(rewards.count - 1))
    },
    .term("std-absolute", .groupStd, text: "group_std is the mean distance from the mean, not the root of the squares")
    { r in
      let (rewards, mean) = (r.members[r.i].map { r.term(.reward, $0) }, r.term(.groupMean, r.i))
      return r.tape.mean(rewards.map { maximum($0 - mean, mean - $0) })
    },
    .term("std-one-nan", .groupStd, text: "the standard deviation of a group of one is NaN: it counts as 0") { r in
      r.members[r.i].count == 1 ? r.constant(.nan) : nil
    },
    .term("std-no-epsilon", .advantage, text: "scale_rewards_epsilon is not added: groups of equal rewards give 0 / 0")
    { r in
      r.own(.rawAdvantage) / r.term(.groupStd, r.group)
    },
    .term(
      "std-epsilon-root", .advantage,
      text: "scale_rewards_epsilon is added to the variance; it should be added to the deviation"
    ) { r in
      r.own(.rawAdvantage) / sqrt(square(r.term(.groupStd, r.group)) + r.settings.number(.scaleEpsilon))
    },
    .term(
      "std-epsilon-small", .advantage,
      text: "what is added to the deviation is 1e-6, as verl has it: scale_rewards_epsilon is not used"
    ) { r in
      r.own(.rawAdvantage) / (r.term(.groupStd, r.group) + 1e-6)
    },
    .term("std-missing", .advantage, text: "the advantage is not divided by group_std") { r in r.own(.rawAdvantage) },
    .settings("std-batch", text: "the deviation is that of all rewards; it should be that of the group") { _ in
      (.scaleRewards, .choice("batch"))
    },
  ]

  private static let divided = Misconception.term(
    "std-divided", .advantage, text: "the advantage is divided by a deviation: here nothing is divided"
  ) { r in r.own(.rawAdvantage) / (r.term(.groupStd, r.group) + r.settings.number(.scaleEpsilon)) }

  private static let means: [Misconception] = [
    .term("mean-missing", .baseline, text: "the group's mean is not subtracted") { r in r.constant(0) },
    .term("mean-batch", .baseline, text: "the mean of all rewards is subtracted; it should be that of the group") { r in
      r.tape.mean(r.column(.reward))
    },
    .term(
      "mean-others", .baseline,
      text: "the mean of the others is subtracted, as in RLOO: here it is that of the whole group"
    ) { r in
      let others = r.members[r.group].filter { $0 != r.i }.map { r.term(.reward, $0) }
      return others.isEmpty ? r.constant(0) : r.tape.mean(others)
    },
    .term("mean-largest", .baseline, text: "the largest reward of the group is subtracted; it should be the mean") {
      r in
      r.members[r.group].map { r.term(.reward, $0) }.reduce(r.constant(-.infinity)) { maximum($0, $1) }
    },
    .term("advantage-sign", .advantage, text: "the advantage has the wrong sign: mean minus reward") { r in -r.x },
    .term("advantage-reward", .advantage, text: "the advantage is the reward itself") { r in r.own(.reward) },
    .input("reward-clipped", text: "rewards are held within −1 and 1; they should be taken as they are") {
      $0.mapRewards { min(1, max(-1, $0)) }
    },
    .groupsMerged, .groupsConsecutive, .groupsAsLarge,
  ]

  static let groupsMerged = input("groups-merged", text: "all responses are taken for one group: `group` is not used") {
    $0.regroup { _, _ in 0 }
  }

  static let groupsConsecutive = input(
    "groups-consecutive", text: "groups are taken for consecutive responses; `group` says who belongs together"
  ) { changed in
    let (count, groups) = (changed.count, changed.groupCount)
    if count % groups == 0 { changed.regroup { i, _ in i * groups / count } }
  }

  static let groupsAsLarge = input(
    "groups-as-large",
    text: "groups are taken for consecutive responses, as many as the largest has; `group` says who belongs together"
  ) { changed in
    guard case .groups(let groups) = changed.batch.contents else { return }
    let sizes = groups.groups.indices.map { g in groups.sequences.count { $0.group == g } }
    let largest = sizes.reduce(1) { max($0, $1) }
    changed.regroup { i, _ in i / largest }
  }

  /// What people get wrong about the KL in a group's loss.
  static let groupKL: [Misconception] = [
    .difference("kl-direction", "the KL has logp and ref_logp exchanged") { d in exp(d) - 1 - d },
    .difference("kl-k1", "the KL is k1, the plain difference; it should be k3") { d in d },
    .difference("kl-k1-sign", "the KL is log π_ref − log π; it should be k3") { d in -d },
    .difference("kl-k2", "the KL is k2, half the square; it should be k3") { d in square(d) / 2 },
    .difference("kl-square", "the KL is the square of the difference; it should be k3") { d in square(d) },
    .difference("kl-no-one", "the KL lacks its − 1") { d in exp(-d) + d },
    .difference("kl-no-d", "the KL lacks the difference of the log-probabilities: π_ref/π − 1 alone") { d in exp(-d) - 1
    },
    .difference("kl-minus-d", "the KL has the sign of log π_ref − log π wrong") { d in exp(-d) - 1 - d },
    .term("kl-old", .kl, text: "the KL is taken from the old policy; it should be from the reference") { r in
      let d = r.own(.logp) - r.own(.oldLogp)
      return exp(-d) - 1 + d
    },
    .term(
      "kl-old-sample", .kl,
      text: "the KL compares the old policy with the reference; it should compare the one that learns"
    ) { r in
      let d = r.own(.oldLogp) - r.own(.refLogp)
      return exp(-d) - 1 + d
    },
  ]

  /// What people get wrong where objective and KL become a token's loss.
  ///
  /// - Parameter objective: What the objective is called.
  static func groupTokens(_ objective: Quantity) -> [Misconception] {
    func token(
      _ id: String, _ text: String, _ value: @escaping @Sendable (Scalar, Scalar, Double) -> Scalar
    ) -> Misconception {
      .term(id, .tokenLoss, text: text) { r in
        let own = objective == .objective ? r.own(objective) : r.term(objective, r.i)
        return value(own, r.own(.kl), r.settings.number(.groupBeta))
      }
    }
    return [
      token("kl-sign", "the KL is subtracted from the loss, so that it is made larger") { j, kl, beta in -j - beta * kl
      },
      token("kl-missing", "the KL is not in the loss: beta is not used") { j, _, _ in -j },
      token("kl-unweighted", "the KL is not multiplied by beta") { j, kl, _ in -j + kl },
      token("objective-sign", "the objective is added to the loss; it should be subtracted") { j, kl, beta in
        j + beta * kl
      },
      token("objective-signs", "the loss has the wrong sign") { j, kl, beta in j - beta * kl },
      token("objective-weighted", "the objective is multiplied by beta instead of the KL") { j, kl, beta in
        -beta * j + kl
      },
    ]
  }

  private static func difference(
    _ id: String, _ text: String, _ value: @escaping @Sendable (Scalar) -> Scalar
  ) -> Misconception {
    .term(id, .kl, text: text) { r in value(r.own(.logp) - r.own(.refLogp)) }
  }
}

extension ExerciseCase {
  fileprivate mutating func mapRewards(_ change: (Double) -> Double) {
    guard case .groups(var groups) = batch.contents else { return }
    for i in groups.sequences.indices { groups.sequences[i].reward = change(groups.sequences[i].reward) }
    batch.contents = .groups(groups)
  }

  fileprivate mutating func regroup(_ group: (_ i: Int, _ old: Int) -> Int) {
    guard case .groups(var groups) = batch.contents else { return }
    for i in groups.sequences.indices { groups.sequences[i].group = group(i, groups.sequences[i].group) }
    batch.contents = .groups(groups)
  }
}
