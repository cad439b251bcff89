import Autodiff
import Objectives
import Recording
import Simulation
import Testing

@testable import Training
@testable import Transformers

/// The gradient of a whole optimizer step, through the objective, the shares of its passes and the models, against the
/// loss that the debugger shows of the same step.
@Suite struct StepGradientTests {
  /// What the random directions are drawn with.
  private static let seed: UInt64 = 20

  private static let groupLosses = GroupLoss.all.map(\.name)
  private static let groupOptions: [[String]] =
    groupLosses.flatMap { name in [1, 3].map { ["loss_type=\(name)", "gradient_accumulation_steps=\($0)"] } }
    + [
      ["loss_type=luspo", "importance_sampling_level=sequence", "gradient_accumulation_steps=2"],
      ["loss_type=grpo", "importance_sampling_level=sequence", "epsilon_high=0.05", "epsilon=0.02"],
      ["use_bias_correction_kl=true", "gradient_accumulation_steps=2"],
      ["mask_truncated_completions=true", "gradient_accumulation_steps=2"],
      ["temperature=0.7", "scale_rewards=none", "delta=1.1"],
    ]

  @Test(arguments: groupOptions)
  func ofGRPO(options: [String]) throws {
    let step = ["max_steps=2", "batch_size=4", "num_iterations=2", "learning_rate=0.0003", "max_grad_norm=none"]
    try Self.expectGradient(.grpo, step + ["beta=0.1", "entropy_coef=0.02"] + options)
  }

  private static let ppoOptions: [[String]] =
    ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"].flatMap { mode in
      [1, 2].map { ["loss_agg_mode=\(mode)", "gradient_accumulation_steps=\($0)"] }
    }
    + [
      ["cliprange_value=none", "use_kl_loss=true", "kl_estimator=k3"],
      ["whiten_scope=minibatch", "gradient_accumulation_steps=2", "temperature=0.7"],
      ["cliprange=0.01", "cliprange_value=0.01", "vf_coef=1"],
    ]

  @Test(arguments: ppoOptions)
  func ofPPO(options: [String]) throws {
    let step = ["max_steps=3", "batch_size=6", "num_mini_batches=2", "learning_rate=0.0003", "max_grad_norm=none"]
    try Self.expectGradient(.ppo, step + ["entropy_coef=0.02"] + options)
  }

  @Test(arguments: [
    [], ["gradient_accumulation_steps=2"], ["loss_type=apo_zero_unpaired"],
    ["desirable_weight=0.5", "undesirable_weight=1.5"],
  ])
  func ofKTO(options: [String]) throws {
    try Self.expectGradient(
      .kto, ["max_steps=2", "batch_size=6", "learning_rate=0.0003", "max_grad_norm=none", "beta=0.05"] + options)
  }

  @Test(arguments: [
    [], ["gradient_accumulation_steps=2"], ["loss_type=ipo", "ipo_agg_mode=sum"], ["reward_funcs=length:target=3"],
  ])
  func ofOnlineDPO(options: [String]) throws {
    try Self.expectGradient(
      .onlineDPO, ["max_steps=2", "batch_size=4", "learning_rate=0.0003", "max_grad_norm=none", "beta=0.5"] + options)
  }

  @Test(arguments: ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm"], [1, 2])
  func ofReMax(mode: String, passes: Int) throws {
    let step = ["max_steps=2", "batch_size=6", "learning_rate=0.0003", "max_grad_norm=none", "entropy_coef=0.02"]
    try Self.expectGradient(
      .remax,
      step + [
        "loss_agg_mode=\(mode)", "loss_scale_factor=5", "gradient_accumulation_steps=\(passes)", "temperature=0.7",
      ])
  }

  @Test(
    arguments: ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"],
    [
      ["beta=1"], ["beta=0"], ["beta=0.3", "lmbda=0"], ["distillation_mode=sampled_token"],
      ["distillation_mode=topk_logits", "distillation_topk=5", "beta=1"],
      ["distillation_mode=topk_logits", "distillation_topk=1", "distillation_add_tail=true", "beta=0.3"],
    ])
  func ofDistillation(mode: String, options: [String]) throws {
    let step = ["max_steps=2", "batch_size=6", "learning_rate=0.0003", "max_grad_norm=none", "temperature=0.7"]
    for passes in [1, 2] {
      try Self.expectGradient(
        .distillation, step + ["loss_agg_mode=\(mode)", "gradient_accumulation_steps=\(passes)"] + options)
    }
  }

  /// Along three random directions, each weight by one `distance` up or down, or one way alone where a clip opens or closes
  /// on the other.
  private static func expectGradient(_ trainer: Trainer, _ options: [String]) throws {
    let training = try WatchedTraining(trainer, options)
    let step = training.records.count
    let weights = try #require(training.weights[step])
    let loss = try StepLoss(training, step: step)
    let logged = try #require(training.records[step - 1].metrics.first { $0.name == "loss" }?.value)
    let here = try loss(weights)
    #expect(abs(here.value - logged) < 1e-5)
    var random = RandomStream(seed: seed, purpose: 95)
    for part in weights.indices {
      let gradient = training.gradient(of: part)
      let length = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(length > 1e-3)
      var compared = 0
      for direction in 0..<12 where compared < 3 {
        let signs = gradient.map { _ in Float(random.uniform() < 0.5 ? -1 : 1) }
        func moved(_ by: Float) throws -> StepLoss.Result {
          var other = weights
          other[part] = Parameters(copying: weights[part])
          for i in signs.indices { other[part].values[i] += by * signs[i] }
          return try loss(other)
        }
        let distance = Float(5e-5 / max(1, length / 4))
        let (up, down) = (try moved(distance), try moved(-distance))
        let ends = [(up, 1.0), (here, 0), (down, -1)].filter { $0.0.isClipped == here.isClipped }
        guard let first = ends.first, let last = ends.last, ends.count > 1 else { continue }
        compared += 1
        let slope = zip(gradient, signs).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let difference = (first.0.value - last.0.value) / ((first.1 - last.1) * Double(distance))
        #expect(
          abs(difference - slope) < 0.04 * length,
          "seed \(seed), model \(part), direction \(direction): \(slope), by differences \(difference), |g| \(length)")
      }
      #expect(compared == 3, "seed \(seed), model \(part): clips open and close everywhere")
    }
  }

  /// GRPO's losses whose whole step is the same however it is split; covariances are those of one pass.
  @Test(arguments: groupLosses.filter { !$0.hasSuffix("_cov") }, [2, 3])
  func accumulationIsALargerBatchOfGRPO(name: String, passes: Int) throws {
    // The mean over a pass's tokens is the step's where all answers are alike in length.
    let length = name == "bnpo" ? 1 : 6
    let options = ["loss_type=\(name)", "beta=0.1", "max_completion_length=\(length)", "max_steps=1"]
    try Self.expectSameGradient(.grpo, options, passes: passes, size: 8, unequal: length > 1)
  }

  @Test(arguments: ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"], [2, 3])
  func accumulationIsALargerBatchOfPPO(mode: String, passes: Int) throws {
    // The value loss is a mean over a pass's tokens, too.
    let options = ["loss_agg_mode=\(mode)", "max_completion_length=1", "max_steps=1", "num_mini_batches=1"]
    try Self.expectSameGradient(.ppo, options, passes: passes, size: 4, unequal: false)
  }

  @Test(arguments: [2, 3])
  func accumulationIsALargerBatchOfKTO(passes: Int) throws {
    // With loss_type kto each pass has a reference point of its own.
    let options = ["loss_type=apo_zero_unpaired", "undesirable_weight=1.5", "max_steps=1"]
    try Self.expectSameGradient(.kto, options, passes: passes, size: 4, unequal: true)
  }

  @Test(arguments: ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"], [2, 3])
  func accumulationIsALargerBatchOfReMax(mode: String, passes: Int) throws {
    let options = ["loss_agg_mode=\(mode)", "entropy_coef=0.02", "max_completion_length=12", "max_steps=1"]
    try Self.expectSameGradient(.remax, options, passes: passes, size: 8, unequal: true)
  }

  @Test(arguments: ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"], ["full_logits", "sampled_token"])
  func accumulationIsALargerBatchOfDistillation(mode: String, distillation: String) throws {
    let options = [
      "loss_agg_mode=\(mode)", "distillation_mode=\(distillation)", "max_completion_length=12", "max_steps=1",
    ]
    try Self.expectSameGradient(.distillation, options, passes: 2, size: 8, unequal: true)
  }

  private static func expectSameGradient(
    _ trainer: Trainer, _ options: [String], passes: Int, size: Int, unequal: Bool
  ) throws {
    let whole = try WatchedTraining(trainer, options + ["batch_size=\(size * passes)"])
    let parts = try WatchedTraining(
      trainer, options + ["batch_size=\(size)", "gradient_accumulation_steps=\(passes)"])
    #expect(whole.records[0].batches.count == 1 && parts.records[0].batches.count == passes)
    let lengths = try whole.batches(step: 1)[0].responses.map(\.words.count)
    #expect((Set(lengths).count > 1) == unequal)
    for part in whole.method.trained.parts.indices {
      let (a, b) = (whole.gradient(of: part), parts.gradient(of: part))
      let largest = a.map(abs).max() ?? 0
      #expect(largest > 1e-4)
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 * max(1, largest) })
    }
  }
}

/// The loss of a recorded step as a function of the models' weights.
private struct StepLoss {
  let training: WatchedTraining
  let batches: [Batch]
  let texts: [[TextTokens]]
  /// What no gradient passes, as it was.
  let detached: [[Override]]

  init(_ training: WatchedTraining, step: Int) throws {
    self.training = training
    batches = try training.batches(step: step)
    texts = try batches.map { batch in try batch.responses.map { try training.tokens(prompt: $0.prompt, $0.words) } }
    detached = batches.map { batch in
      let trace = batch.record()
      let plain: [Quantity] = [.ratioWeight, .gammaWeight, .trustMask, .covarianceMask]
      return trace.terms.indices.filter { plain.contains(trace.quantity(of: $0)) }.map {
        Override(key: trace.terms[$0].key, occurrence: 0, value: trace.value($0))
      }
    }
  }

  struct Result {
    var value = 0.0
    /// Of each number that is clipped, whether the clip changes it; and what `topk_logits` compares.
    var isClipped: [Bool] = []
  }

  func callAsFunction(_ weights: [Parameters]) throws -> Result {
    var result = Result()
    for (n, share) in Batch.shares(batches).enumerated() {
      let (batch, compared) = predicted(batches[n], texts[n], weights)
      result.value += try #require(batch.loss(detached[n])) * share
      result.isClipped += Self.clips(batch.record(overrides: detached[n])) + compared
    }
    return result
  }

  private static func clips(_ trace: Trace) -> [Bool] {
    let choices: [(Quantity, Quantity)] = [
      (.ratio, .clippedRatio), (.sequenceRatio, .clippedSequenceRatio), (.value, .clippedValue),
      (.ratio, .boundedRatio),
      (.surrogate, .objective), (.sequenceSurrogate, .sequenceObjective), (.valueError, .valueObjective),
    ]
    return choices.flatMap { from, to in
      trace.terms.indices.filter { trace.terms[$0].key.name == to.rawValue }.compactMap { term in
        let key = trace.terms[term].key
        let before = TermKey(name: from.rawValue, i: key.i, j: key.j)
        return trace.term(before, at: trace.beats.count - 1).map { trace.value($0) != trace.value(term) }
      }
    }
  }

  /// At each position, whether a token is among those that `topk_logits` compares: where the choice changes, the loss jumps.
  private func compared(_ policy: ForwardPass) -> [Bool] {
    let settings = training.objective
    guard DistillationMode(settings) == .topkLogits else { return [] }
    let logits = policy.logits(0..<policy.own.readCount, policy.model.scratch(0))
    return (0..<logits.rows).flatMap { row in
      let numbers = (0..<logits.columns).map { logits.row(row)[$0] }
      let least = numbers.sorted(by: >)[settings.integer(.distillationTopK) - 1]
      return numbers.map { $0 >= least }
    }
  }

  /// The batch as models with these weights would have it, and which tokens are compared.
  private func predicted(_ batch: Batch, _ texts: [TextTokens], _ weights: [Parameters]) -> (Batch, [Bool]) {
    let temperature = training.temperature
    let tokens = TokenBatch.scoring(texts.map(\.all), from: texts.map(\.prompt.count))
    let policy = training.model(0, weights[0]).forward(tokens, temperature: temperature, wantsEntropy: true)
    let critic = weights.count > 1 ? training.model(1, weights[1]).forward(tokens) : nil
    let prediction = PassPrediction(Array(texts.indices), policy: policy, critic: critic)
    var result = batch
    switch batch.contents {
    case .responses(var sequences):
      for i in sequences.indices {
        (sequences[i].logp, sequences[i].entropy) = (prediction.logps[i], prediction.entropies[i])
        sequences[i].value = prediction.values?[i] ?? []
      }
      result.contents = .responses(sequences)
    case .groups(var group):
      for i in group.sequences.indices {
        (group.sequences[i].logp, group.sequences[i].entropy) = (prediction.logps[i], prediction.entropies[i])
      }
      result.contents = .groups(group)
    case .baselined(var responses):
      for i in responses.indices {
        (responses[i].logp, responses[i].entropy) = (prediction.logps[i], prediction.entropies[i])
      }
      result.contents = .baselined(responses)
    case .distilled(var sequences):
      let divergences = training.teacher.map { teacher in
        let pass = TeacherPass(
          teacher.forward(tokens, temperature: temperature, sharedAs: policy), training.objective)
        return policy.rows(policy.divergences(from: pass))
      }
      for i in sequences.indices {
        sequences[i].logp = prediction.logps[i]
        if sequences[i].divergence != nil { sequences[i].divergence = divergences?[i] }
      }
      result.contents = .distilled(sequences)
    case .pairs(var pairs):
      for i in pairs.indices {
        pairs[i].chosen.logp = prediction.logps[i]
        pairs[i].rejected.logp = prediction.logps[pairs.count + i]
      }
      result.contents = .pairs(pairs)
    case .judgements(var examples):
      for i in examples.indices { examples[i].logp = prediction.logps[i] }
      result.contents = .judgements(examples)
    default: break
    }
    return (result, compared(policy))
  }
}
