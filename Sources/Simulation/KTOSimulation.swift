import Autodiff
import Objectives
import Recording

extension Scenario {
  /// The film reviews, each judged by itself.
  static let kto = Scenario(
    name: "kto", title: "KTO: the same reviewer learns from single reviews, each judged good or bad by itself.",
    algorithm: .kto, world: .filmReviews, settings: Settings([(.learningRate, .number(0.3))]), seed: 7)

  fileprivate var judgementProblem: String? {
    let examples = world.judged
    guard !examples.isEmpty else { return "kto needs judgements in its world, or preferences to make them of" }
    let steps = ExampleLearner.steps(examples: examples.count, settings: settings)
    if settings.choice(.judgementLoss) == "kto", examples.count / steps < 2 {
      return "loss_type kto needs at least two responses in each minibatch, to mismatch prompts and responses: "
        + "raise batch_size"
    }
    return lengthProblem(examples.map { 2 * $0.response.count })
  }
}

extension Simulator {
  static let kto = Simulator(
    algorithm: .kto, scenarios: [.kto], form: .judgements, problem: { $0.judgementProblem },
    run: { scenario, trace in
      var simulation = KTOSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })
}

/// KTO in a tiny world: responses that were judged one by one, and nothing is sampled.
///
/// The reference learns from the demonstrations and is frozen; the policy starts as its copy and learns in epochs of
/// minibatches. As in TRL's `KTOTrainer`, the mismatched examples are those of the minibatch, its responses moved on by
/// one.
struct KTOSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private let examples: [World.Judgement]
  private let reference: TabularPolicy
  private let oracle: ExampleOracle
  private var learner: ExampleLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    examples = world.judged
    trace.prompts = examples.map { world.text($0.prompt) }
    trace.givenTokens = examples.map { world.words($0.response) }
    trace.setKinds(isDesirable: examples.map { $0.isDesirable })
    (reference, learner) = trace.makeReferenceAndLearner(world, settings: settings, seed: seed)
    oracle = ExampleOracle(world, algorithm: .kto, settings: settings, reference: reference.table)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    trace.begin(.reference)
    let references = examples.indices.map { record(.refLogp, of: reference, $0) }
    recordOracle()
    for minibatch in learner.minibatches(of: examples.count) {
      trace.loops = minibatch.loops
      learn(from: minibatch.members, references)
    }
  }

  private var policy: TabularPolicy {
    TabularPolicy(logits: learner.table.values, on: trace.tape)
  }

  private mutating func learn(from members: [Int], _ references: [[Scalar]]) {
    trace.begin(.policy)
    let old = policy
    let logps = members.map { record(.logp, of: old, $0) }
    let mismatched = mismatched(members, old)
    let responses = members.indices.map { n in
      // Stopped here and not once and for all, so that the reverse pass ends within this step.
      JudgedResponse(
        index: members[n], isDesirable: examples[members[n]].isDesirable, logp: logps[n],
        refLogp: references[members[n]].map(stopGradient), mismatched: mismatched.map { $0[n] })
    }
    let loss = judgementLoss(responses, settings: settings, observer: trace)
    learner.learn(from: loss.loss)
    trace.begin(.effect)
    trace.recordProbabilities(from: old, to: policy)
    recordOracle()
    recordJudgementMetrics(loss, observer: trace)
  }

  /// Records what a policy says of every token of an example, a beat for each.
  private func record(_ name: Quantity, of policy: TabularPolicy, _ i: Int) -> [Scalar] {
    trace.recordLogps(name, i, of: policy, examples[i].response, after: examples[i].prompt)
  }

  /// Whose response an example is mismatched with: that of the one before it in its minibatch.
  static func mismatch(of n: Int, among count: Int) -> Int { (n + count - 1) % count }

  /// What both models say of the previous example's response after each example's prompt; nil if the loss does not ask.
  private func mismatched(_ members: [Int], _ policy: TabularPolicy) -> [(logp: [Scalar], refLogp: [Scalar])]? {
    guard settings.choice(.judgementLoss) == "kto" else { return nil }
    trace.begin(.mismatch)
    return members.indices.map { n in
      let i = members[n]
      let (prompt, other) = (examples[i].prompt, examples[members[Self.mismatch(of: n, among: members.count)]].response)
      let now = policy.logps(of: other, after: prompt)
      let then = reference.logps(of: other, after: prompt)
      var result: (logp: [Scalar], refLogp: [Scalar]) = ([], [])
      for t in other.indices {
        trace.beat()
        _ = trace.term(.mismatchedToken, i, t, trace.tape.leaf(Double(other[t])))
        result.logp.append(trace.term(.mismatchedLogp, i, t, now[t]))
        result.refLogp.append(trace.term(.mismatchedRefLogp, i, t, stopGradient(then[t])))
      }
      return result
    }
  }

  /// Records what is true of the policy now, over every possible response and over all examples.
  private func recordOracle() {
    let now = policy.table
    trace.begin(.oracle)
    oracle.recordResponses(of: now, on: trace)
    trace.beat()
    for (name, isDesirable) in [(Quantity.meanDesirableLogp, true), (.meanUndesirableLogp, false)] {
      let own = examples.filter { $0.isDesirable == isDesirable }
      guard !own.isEmpty else { continue }
      let sum = own.reduce(0.0) { sum, example in
        zip([example.prompt.last ?? 0] + example.response, example.response).reduce(sum) { $0 + now[$1.0][$1.1] }
      }
      _ = trace.term(name, trace.tape.leaf(sum / Double(own.count)))
    }
    oracle.recordLoss(of: now, on: trace)
  }
}
