import Objectives
import Recording

/// Why sources cannot be compared in one world, and what to do.
public struct SharedWorldError: Error, Equatable, Sendable {
  public let message: String

  public init(_ message: String) { self.message = message }
}

/// Several scenarios in one world: the same vocabulary, prompts and demonstrations, the same reference, the same reward
/// model, responses of the same length; each with its own algorithm and options.
public struct SharedWorld: Sendable {
  /// A scenario, and what it is called.
  public struct Member: Sendable {
    public var label: String
    public var scenario: Scenario

    public init(_ label: String, _ scenario: Scenario) { (self.label, self.scenario) = (label, scenario) }
  }

  public let world: World
  /// The built-in scenario or the file that the world is from.
  public let home: String
  /// Whether the preferences are made of what users like, since the world has none of its own.
  public let pairsAreDerived: Bool
  public private(set) var members: [Member]

  /// Moves scenarios into one world.
  ///
  /// A world of the user's own becomes the world of all. Where all worlds are built in, it is one in which all can
  /// learn: preferably one with users, then one with preferences. A scenario that moves takes over how the reference
  /// and the reward model are made there, and how long responses are.
  public init(_ scenarios: [Scenario]) throws(SharedWorldError) {
    for scenario in scenarios {
      if let reason = scenario.isolation { throw SharedWorldError("\(scenario.name) \(reason)") }
    }
    let own = scenarios.filter { !$0.isAtHomeElsewhere }
    if let first = own.first, let other = own.first(where: { $0.world != first.world }) {
      throw SharedWorldError(
        "\(first.name) and \(other.name) have different worlds: \(first.world.difference(from: other.world)). Give both "
          + "files the same world")
    }
    var failure = ""
    for home in own.isEmpty ? Self.candidates(scenarios) : [own[0]] {
      let world = home.world.withPreferences
      let moved = scenarios.map { $0.moved(to: world, of: home) }
      guard let stranger = moved.first(where: { $0.problem != nil }) else {
        self.world = world
        self.home = home.name
        pairsAreDerived = home.world.preferences != world.preferences
        members = moved.map { Member($0.name, $0) }
        return
      }
      failure = "\(stranger.name) cannot learn in the world of \(home.name): \(stranger.problem ?? "")"
    }
    throw SharedWorldError(failure)
  }

  /// Scenarios whose worlds may be everybody's, in an order that does not depend on theirs.
  private static func candidates(_ scenarios: [Scenario]) -> [Scenario] {
    func rank(_ scenario: Scenario) -> Int {
      !scenario.world.users.isEmpty ? 0 : !scenario.world.preferences.isEmpty ? 1 : 2
    }
    let ordered = Algorithm.all.flatMap { algorithm in
      scenarios.filter { $0.algorithm == algorithm }.sorted { $0.name < $1.name }
    }
    return (0...2).flatMap { place in ordered.filter { rank($0) == place } }
  }

  /// The same world with the same scenarios after some of their options were changed.
  ///
  /// An option that makes the world must have the same value in all members that have it; the others take it over.
  public func with(_ changed: [Member]) throws(SharedWorldError) -> SharedWorld {
    var shared = self
    shared.members = changed
    for role in SharedOption.all {
      let holders = changed.compactMap { member in
        role.option(of: member.scenario.algorithm).map { (member, $0, member.scenario.settings[$0]) }
      }
      guard let (first, option, value) = holders.first else { continue }
      if let (other, name, different) = holders.first(where: { $0.2 != value }) {
        throw SharedWorldError(
          "\(first.label) and \(other.label) would not share \(role.what): \(option.name) is \(value.text) for "
            + "\(first.label), \(name.name) is \(different.text) for \(other.label); set both alike")
      }
      for n in shared.members.indices where role.option(of: shared.members[n].scenario.algorithm) == nil {
        shared.members[n].scenario.settings.put(value, for: option)
      }
    }
    for member in shared.members {
      if let problem = member.scenario.problem { throw SharedWorldError("\(member.label): \(problem)") }
    }
    return shared
  }
}

/// An option that makes the world, whichever algorithm learns in it.
private struct SharedOption {
  /// What all members share if it has the same value.
  let what: String
  /// The option of an algorithm; nil where it has none.
  let option: @Sendable (Algorithm) -> Option?

  func option(of algorithm: Algorithm) -> Option? { option(algorithm) }

  static let all: [SharedOption] =
    [SharedOption(what: "the length of responses") { $0.option(.responseLength) }]
    + [.sftSteps, .sftLearningRate].map { (option: Option) in
      SharedOption(what: "the reference") { Option.all(for: $0).contains(option) ? option : nil }
    }
    + [.rewardSteps, .rewardLearningRate, .centerRewards, .rewardMargin].map { (option: Option) in
      SharedOption(what: "the reward model") { Option.all(for: $0).contains(option) ? option : nil }
    }
}

extension Scenario {
  /// Why it cannot share a world with others, as what follows its name; nil if it can.
  var isolation: String? {
    if decisions != nil { return "acts in states and writes nothing: it has no world in common with the others" }
    guard algorithm.has(.policy), algorithm.has(.reference) else {
      return "has no policy that starts from a reference: there is nothing to compare with the others"
    }
    return nil
  }

  /// Whether its world is that of a built-in scenario, which it may leave.
  fileprivate var isAtHomeElsewhere: Bool { Scenario.builtIn.contains { $0.surroundings == surroundings } }

  fileprivate func moved(to world: World, of home: Scenario) -> Scenario {
    var moved = self
    moved.world = world
    return home.surroundings == surroundings ? moved : moved.madeLike(home)
  }

  /// With the reference, the reward model and the length of responses of another scenario.
  func madeLike(_ home: Scenario) -> Scenario {
    var moved = self
    for role in SharedOption.all {
      guard let option = role.option(of: home.algorithm) else { continue }
      // One that the algorithm does not list is put in place all the same: the reward model is then made alike.
      moved.settings.put(home.settings[option], for: role.option(of: algorithm) ?? option)
    }
    return moved
  }
}

extension Settings {
  /// Puts a valid value of another scenario in place.
  fileprivate mutating func put(_ value: OptionValue, for option: Option) {
    do throws(OptionError) {
      try set(option, to: value)
    } catch {
      preconditionFailure(error.message)
    }
  }
}

extension World {
  /// The first thing in which two worlds differ.
  fileprivate func difference(from other: World) -> String {
    func text(_ prompts: [[Int]], of world: World) -> String { prompts.map { world.text($0) }.joined(separator: ", ") }
    if vocabulary != other.vocabulary {
      return
        "the vocabulary is \(vocabulary.joined(separator: " ")) in one, \(other.vocabulary.joined(separator: " ")) in "
        + "the other"
    }
    if prompts != other.prompts {
      return "the prompts are \(text(prompts, of: self)) in one, \(text(other.prompts, of: other)) in the other"
    }
    if demonstrations != other.demonstrations {
      return "the demonstrations, and with them the reference, are not the same"
    }
    if preferences != other.preferences { return "the preferences are not the same" }
    if taste != other.taste { return "the taste is not the same" }
    if users != other.users { return "the users are not the same" }
    if answers != other.answers { return "the answers are not the same" }
    return "the judgements, or what the policy sees, are not the same"
  }
}
