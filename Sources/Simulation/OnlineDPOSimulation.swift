import Autodiff
import Objectives
import Recording

/// Online DPO in a tiny world: sample two responses to each prompt, let the reward model choose, and learn as DPO does.
///
/// The order of the stages is that of TRL's `OnlineDPOTrainer.training_step`.
struct OnlineDPOSimulation {
  private let settings: Settings
  private let seed: UInt64
  private let trace: Trace
  private var environment: LanguageEnvironment
  private let oracle: ExampleOracle
  private var learner: PairLearner

  /// Prepares the frozen models, and the policy as a copy of the reference.
  init(_ world: World, settings: Settings, seed: UInt64, trace: Trace) {
    (self.settings, self.seed, self.trace) = (settings, seed, trace)
    environment = LanguageEnvironment(
      world, hasCritic: false, answers: 2, settings: settings, seed: seed, trace: trace)
    oracle = ExampleOracle(
      world, algorithm: .onlineDPO, settings: settings, reference: environment.reference.table)
    trace.begin(.sync)
    let policy = ParameterTable(.policy, initial: environment.initialLogits, trace: trace)
    learner = PairLearner(
      ExampleLearner(policy, settings: settings, seed: seed, trace: trace), world: world, settings: settings,
      trace: trace)
  }

  mutating func run() {
    for iteration in 0..<settings.integer(.batches) {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: settings.integer(.batches))
    recordOracle()
  }

  private mutating func iterate(_ iteration: Int) {
    let old = learner.policy
    sample(from: old, iteration: iteration)
    recordOracle()
    for epoch in 0..<settings.integer(.epochs) {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
      let parts = random.minibatches(of: learner.pairs.count, parts: settings.integer(.minibatches))
      for (number, minibatch) in parts.enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        recordPreferenceMetrics(learner.learn(from: minibatch), observer: trace)
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: learner.policy)
  }

  /// Two responses to each prompt become a pair, the better one chosen.
  private mutating func sample(from policy: TabularPolicy, iteration: Int) {
    let episodes = environment.rollout(policy, iteration: iteration)
    let judged = sampledPreferences(
      environment.scores(of: episodes), hasEOS: episodes.map { $0.hasEnded }, settings: settings, observer: trace)
    learner.take(
      judged.preferences.map { environment.preference($0, of: episodes) }, reference: environment.reference,
      scores: judged.preferences.map { (chosen: judged.scores[$0.chosen], rejected: judged.scores[$0.rejected]) })
  }

  /// Records what the policy writes, and what the reward model gives for it, over every possible response.
  private func recordOracle() {
    let now = learner.policy.table
    trace.begin(.oracle)
    oracle.recordResponses(of: now, on: trace)
    _ = trace.term(.exactReward, trace.tape.leaf(environment.responses.values(of: now, beta: 0).reward))
  }
}

extension Simulator {
  static let onlineDPO = Simulator(
    algorithm: .onlineDPO,
    scenarios: [
      Scenario(
        name: "online-dpo",
        title: "Online DPO: the reviewer writes both responses of each pair itself, and a reward model chooses.",
        algorithm: .onlineDPO, world: .filmReviews,
        settings: Settings([
          (.batches, .integer(6)), (.batchSize, .integer(8)), (.epochs, .integer(1)), (.minibatches, .integer(1)),
          (.learningRate, .number(0.3)),
        ]),
        seed: 7)
    ],
    problem: { scenario in
      if scenario.world.preferences.isEmpty { return scenario.missingPreferences }
      let size = scenario.settings.integer(.batchSize)
      if size % 2 != 0 { return "batch_size (\(size)) must be even: two responses to a prompt make a pair" }
      return Batch.preferenceProblem(scenario.settings) ?? scenario.samplingProblem
    },
    run: { scenario, trace in
      var simulation = OnlineDPOSimulation(
        scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })
}
