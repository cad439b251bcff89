import Autodiff
import Objectives

/// For which kind the users of a batch are taken, where not all are taken for what they are.
///
/// Of each kind, the share `group_label_noise` is labelled as the other kinds in turn, and which of its users these are
/// is drawn anew in each iteration. No label is left without a user. What a response earns is its user's own like; the
/// label decides with whom it is compared, and whose weight it gets (Wang et al. 2020, noisy protected groups).
struct UserLabels {
  /// How many users of each kind, first index, a batch has with each label.
  private let counts: [[Int]]
  /// The responses of each kind.
  private let members: [[Int]]

  /// Nil where all users are taken for what they are.
  ///
  /// - Parameter kinds: The true kind of each response.
  init?(_ kinds: [Int], count: Int, settings: Settings) {
    let noise = settings.number(.groupLabelNoise)
    guard noise > 0, count > 1 else { return nil }
    let members = (0..<count).map { kind in kinds.indices.filter { kinds[$0] == kind } }
    self.members = members
    counts = members.enumerated().map { kind, members in
      var counts = (0..<count).map { _ in 0 }
      let wrong = Int((noise * Double(members.count)).rounded())
      counts[kind] = members.count - wrong
      for n in 0..<wrong { counts[(kind + 1 + n % (count - 1)) % count] += 1 }
      return counts
    }
  }

  /// The label of each response in an iteration.
  func drawn(seed: UInt64, iteration: Int) -> [Int] {
    var labels = (0..<members.reduce(0) { $0 + $1.count }).map { _ in 0 }
    for (kind, members) in members.enumerated() {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.labels, UInt32(iteration), UInt32(kind))
      let all = counts[kind].enumerated().flatMap { label, count in (0..<count).map { _ in label } }
      for (place, label) in zip(random.shuffled(members.count), all) { labels[members[place]] = label }
    }
    return labels
  }

  /// What users with each label get on average, by what users of each kind get.
  func means(ofKinds values: [Double]) -> [Double] {
    counts.indices.map { label in
      let users = counts.reduce(0) { $0 + $1[label] }
      return zip(counts, values).reduce(0) { $0 + Double($1.0[label]) * $1.1 } / Double(users)
    }
  }
}
