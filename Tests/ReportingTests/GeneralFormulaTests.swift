import Formulas
import Objectives
import Recording
import Simulation
import Testing

@testable import Reporting

/// Every general formula that is printed, evaluated by itself, gives the recorded numbers.
@Suite struct GeneralFormulaTests {
  /// Each source as it is, and with each option changed that enters a formula.
  static let runs: [(name: String, changes: [String])] =
    [
      (
        "ppo",
        [
          "", "loss_agg_mode=seq-mean-token-sum", "loss_agg_mode=seq-mean-token-mean",
          "loss_agg_mode=seq-mean-token-sum-norm", "kl_estimator=k2", "kl_estimator=k3", "kl_estimator=k3+",
          "kl_estimator=exact", "use_kl_loss=true", "adap_kl_ctrl=true", "gamma=0.9", "whiten_rewards=true",
          "whiten_advantages=false", "whiten_scope=minibatch", "whiten_ddof=0", "reward_clip_range=0.1",
          "missing_eos_penalty=1", "cliprange_high=0.3", "clip_ratio_c=2", "log_ratio_clamp=0.05",
          "cliprange_value=none", "entropy_coef=0.01", "optim=adamw weight_decay=0.1", "optim=adam weight_decay=0.1",
          "optim=sgd", "max_grad_norm=none", "temperature=0.7", "score_position=after_last", "kl_coef=0",
          "loss_agg_mode=token-sum", "adap_ent_ctrl=true target_entropy=1.5 delta_ent_coef=0.001",
          "kl_clamp=0.1", "kl_log_ratio_clamp=0.1", "rollout_temperature=2 rollout_is=token",
          "rollout_top_p=0.8 rollout_is=sequence rollout_is_threshold=1.2", "rollout_dtype=float8",
          "rollout_temperature=2 rollout_rs=token_k1",
          "rollout_temperature=2 rollout_rs=token_k3 rollout_rs_threshold=0.1",
          "rollout_temperature=2 rollout_rs=seq_sum_k2 rollout_rs_threshold=8",
          "rollout_temperature=2 rollout_rs=seq_mean_k3 rollout_rs_threshold=0.8",
          "rollout_temperature=2 rollout_rs=seq_max_k2 rollout_rs_threshold=4",
        ]
      ),
      ("ppo-classic", ["", "truncation=terminate", "whiten_eps=variance", "lr_scheduler_type=linear", "gamma=0.5"]),
      ("reinforce", ["", "baseline=mean", "entropy_coef=0.1", "gamma=0.9"]),
      ("reward-model", ["", "center_rewards_coefficient=0", "reward_margin=0.5", "optim=adamw weight_decay=0.1"]),
      ("sft", ["", "optim=sgd", "max_grad_norm=none"]),
      (
        "grpo",
        [
          "", "scale_rewards=batch", "scale_rewards=none", "advantage_estimator=rloo",
          "advantage_estimator=reinforce_plus_plus", "advantage_baseline=across_groups", "advantage_baseline=pooled",
          "advantage_baseline=reference", "advantage_baseline=ema", "importance_sampling_level=sequence",
          "epsilon_high=0.28", "delta=1.1", "mask_truncated_completions=true", "use_bias_correction_kl=true",
          "top_entropy_quantile=0.5", "off_policy_mask_threshold=0.01", "soft_punish_cache=1", "entropy_coef=0.01",
          "beta=0", "temperature=0.7", "optim=adam", "kl_estimator=k1", "epsilon=0.1",
          "adap_ent_ctrl=true target_entropy=1 entropy_coef=0.01",
          "loss_type=vespo importance_sampling_level=sequence use_bias_correction_kl=true beta=0.1",
          "loss_type=gmpo top_entropy_quantile=0.5", "num_generations=1 group_of_one=reward",
        ] + GroupLoss.all.map { "loss_type=\($0.name)" }
      ),
      ("grpo-user-groups", ["", "group_weights=dro", "group_weights=1,2,3"]),
      (
        "dpo",
        [
          "", "f_divergence_type=forward_kl", "f_divergence_type=js_divergence", "f_divergence_type=alpha_divergence",
          "loss_type=sigmoid,sft loss_weights=1,0.5", "loss_type=ipo ipo_agg_mode=sum", "use_weighting=true",
          "loss_type=sigmoid,bco_pair,ipo loss_weights=0.8,0.2,1 use_weighting=true", "loss_weights=0.5",
          "reward_margin=0.3", "reward_margin=0.3 f_divergence_type=forward_kl", "sync_ref_model=true",
          "sync_ref_model=true ref_model_mixup_alpha=0.3 ref_model_sync_steps=3", "loss_type=aot,sigmoid",
          "ld_alpha=0.5", "loss_type=cdpo label_smoothing=0.1", "loss_type=robust label_smoothing=0.1",
          "loss_type=simpo label_smoothing=0.1", "loss_type=exo_pair label_smoothing=0.1",
        ] + PreferenceLoss.all.map { "loss_type=\($0.name) label_smoothing=0.1" }
      ),
      (
        "kto",
        [
          "", "loss_type=apo_zero_unpaired", "desirable_weight=2", "undesirable_weight=0.5", "beta=0.5", "batch_size=2",
          "optim=sgd",
        ]
      ),
    ]

  static let cases: [(name: String, changes: String)] = runs.flatMap { run in run.changes.map { (run.name, $0) } }

  @Test(arguments: cases)
  func formulasGiveTheRecordedNumbers(name: String, changes: String) throws {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    try source.set(
      changes.split(separator: " ").map { change in
        let parts = change.split(separator: "=")
        return (String(parts[0]), String(parts[1]))
      })
    check(source.record(), source, "\(name) \(changes)")
  }

  /// What a trainer recorded has the same formulas, down to the log-probabilities that the file gives.
  @Test(arguments: DiagramFixtures.batchNames)
  func formulasOfBatches(name: String) throws {
    let fixture = try DiagramFixtures.batch(name)
    check(fixture.trace, fixture.source, name)
  }

  /// A sum that leaves something out says so.
  @Test(arguments: [
    ("kto", "metric(rewards/chosen)", "\\underset{i\\text{ desirable}}{\\mathrm{mean}} \\hat r_{i}"),
    ("kto", "metric(rewards/rejected)", "\\underset{i\\text{ undesirable}}{\\mathrm{mean}} \\hat r_{i}"),
    ("kto", "reference_point", "\\mathrm{sg}(\\max(\\underset{i}{\\mathrm{mean}} s'_{i}, 0))"),
    ("reward-model", "chosen_score[0]", "\\sum_{b \\in y^w_{i}} w_{b}"),
    ("ppo", "rm_margin[0,0]", "\\sum_{b \\in y^w_{i}} w_{b} - \\sum_{b \\in y^l_{i}} w_{b}"),
    ("ppo", "metric(objective/kl)", "\\underset{i}{\\mathrm{mean}} \\sum_{t} k_{i,t}"),
    ("ppo", "score[0]", "\\sum_{b \\in y_{i}} w_{b}"),
    ("ppo-classic", "advantage_mean", "\\underset{i \\in \\mathcal{B},t}{\\mathrm{mean}} \\hat A_{i,t}"),
    ("grpo-user-groups", "worst_group_reward", "\\min_{g} \\bar R_{\\text{after},g}"),
  ])
  func sumsSayWhatTheyLeaveOut(name: String, term: String, right: String) throws {
    let trace = DiagramFixtures.Fixture(.scenario(try #require(Scenario.builtIn.first { $0.name == name }))).trace
    let found = try #require(trace.terms.indices.first { trace.text($0) == term })
    let text = try #require(trace.statedFormula(of: found)).text(as: .latex, in: trace.glossary)
    #expect(text.contains(" = " + right), "\(text)")
  }

  private func check(_ trace: Trace, _ source: Source, _ label: String) {
    let options = source.options.map { $0.name }
    for run in shown(trace) {
      let formulas = StageFormulas(trace, terms: run.beats.flatMap { Array(trace.beats[$0].terms) })
      let defined = formulas.definitions.map { $0.latex }
      for statement in formulas.statements {
        let text = statement.text(as: .latex, in: trace.glossary)
        let place = "\(label) \(run.name): \(text)"
        #expect(!text.contains("?") || text.contains("y^?"), "\(place)")
        for (instance, bindings) in statement.general.instances {
          let value = statement.general.right.value(with: bindings, RecordedValues(trace, for: instance))
          expectEqual(value, trace.value(instance.term), "\(trace.text(instance.term)) in \(place)")
        }
        statement.general.right.visit { part in
          if case .symbol(let number, _) = part {
            let symbol = trace.glossary.symbol(number)
            #expect(symbol.map { defined.contains($0.latex) } ?? false, "\(place)")
            if let option = symbol?.option { #expect(options.contains(option), "\(option) in \(place)") }
          }
          if case .quantity(let name, let indices, _) = part, !isMetric(indices, trace) {
            #expect(defined.contains(trace.glossary.entries[name].latex), "\(place)")
          }
        }
      }
      #expect(Set(defined).count == defined.count, "\(label) \(run.name)")
      expectDistinctSymbols(formulas, "\(label) \(run.name)")
    }
  }

  /// The first two runs through each stage.
  private func shown(_ trace: Trace) -> [Trace.StageRun] {
    var seen: [String: Int] = [:]
    return trace.stages.filter { run in
      seen[run.name, default: 0] += 1
      return seen[run.name, default: 0] <= 2
    }
  }

  private func isMetric(_ indices: [FormulaIndex], _ trace: Trace) -> Bool {
    indices.first.map { trace.glossary.axes[$0.axis].kind == .names } ?? false
  }

  private func expectEqual(_ value: Double?, _ recorded: Double, _ place: String) {
    guard let value else {
      Issue.record("no value: \(place)")
      return
    }
    if value.isNaN && recorded.isNaN || value == recorded { return }
    #expect(abs(value - recorded) <= 1e-12 * max(abs(recorded), 1e-3), "\(place): \(value) instead of \(recorded)")
  }

  /// No symbol stands for two terms or options.
  private func expectDistinctSymbols(_ formulas: StageFormulas, _ place: String) {
    var meanings: [String: Set<String>] = [:]
    for definition in formulas.definitions {
      let meaning =
        switch definition.kind {
        case .term(let name): name
        case .option(let name, _): name
        case .words(let words): words
        }
      meanings[definition.latex, default: []].insert(meaning)
    }
    for (latex, names) in meanings { #expect(names.count == 1, "\(latex) is \(names) in \(place)") }
  }
}
