import Documents
import Objectives
import Recording
import Simulation
import Testing

/// What is wrong with a batch of groups or pairs, to the word and the place.
@Suite struct BatchErrorTests {
  private static func grpo(_ sequence: String, config: String = "{}", more: String = "") -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "grpo",
     "config": \(config),\(more)
     "sequences": [
      {\(sequence)}]}
    """
  }

  private static func dpo(chosen: String, config: String = "{}") -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "dpo",
     "config": \(config),
     "pairs": [{"prompt": "p", "rejected": {"tokens": ["a"], "logp": [-1], "ref_logp": [-1]},
      "chosen": {\(chosen)}}]}
    """
  }

  private static let good = #""tokens": ["a"], "group": "g", "reward": 1, "logp": [-1], "old_logp": [-1]"#

  static let groups: [(String, String)] = [
    (
      grpo(#""tokens": ["a"], "reward": 1, "logp": [-1], "old_logp": [-1]"#),
      "4:3: sequences[0] needs the key 'group'"
    ),
    (
      grpo(#""tokens": ["a"], "group": 1, "reward": 1, "logp": [-1], "old_logp": [-1]"#),
      "4:30: sequences[0].group must be a string, found the number 1"
    ),
    (
      grpo(#""tokens": ["a"], "group": "g", "reward": 1, "logp": [-1]"#),
      "4:3: sequences[0] needs the key 'old_logp'"
    ),
    (
      grpo(#""tokens": ["a"], "group": "g", "reward": 1, "logp": [-1, -2], "old_logp": [-1]"#),
      "4:56: sequences[0].logp has 2 numbers for 1 tokens"
    ),
    (
      grpo(good, config: #"{"beta": 0.1}"#),
      "2:12: beta needs the key 'ref_logp' in every sequence"
    ),
    (
      grpo(good, config: #"{"top_entropy_quantile": 0.5}"#),
      "2:12: top_entropy_quantile needs the key 'entropy' in every sequence"
    ),
    (
      grpo(good, config: #"{"mask_truncated_completions": true}"#),
      "2:12: mask_truncated_completions needs the key 'truncated' in every sequence"
    ),
    (
      grpo(good, config: #"{"advantage_baseline": "reference"}"#),
      "2:12: advantage_baseline reference needs the key 'reference_reward' for every group in 'groups'"
    ),
    (
      grpo(good, config: #"{"loss_type": "sigmoid"}"#),
      "2:26: loss_type must be one of grpo, dr_grpo, dapo, bnpo, cispo, sapo, luspo, vespo, gmpo, gpg, "
        + "dppo_tv, dppo_kl, clip_cov, kl_cov, not sigmoid"
    ),
    (
      grpo(good + #", "value": [1]"#),
      "4:80: unknown key 'value' in sequences[0]; the keys are: prompt, tokens, group, reward, logp, old_logp, "
        + "ref_logp, entropy, truncated, sampling_logp, loss_mask, rewards, advantage, kl"
    ),
    (
      grpo(good, more: #" "groups": {"h": {}},"#),
      "2:27: unknown key 'h' in groups; the keys are: g"
    ),
  ]

  static let pairs: [(String, String)] = [
    (
      dpo(chosen: #""tokens": ["a"], "logp": [-1]"#),
      "2:12: loss_type sigmoid needs the key 'ref_logp' in every chosen and rejected response"
    ),
    (
      dpo(chosen: #""tokens": ["a"], "logp": [-1], "ref_logp": [-1, -2]"#),
      "4:57: pairs[0].chosen.ref_logp has 2 numbers for 1 tokens"
    ),
    (
      dpo(chosen: #""tokens": ["a"], "logp": [-1], "ref_logp": [-1]"#, config: #"{"loss_type": "exo_pair"}"#),
      "2:12: loss_type exo_pair needs label_smoothing above 0, such as 0.001"
    ),
    (
      dpo(chosen: #""tokens": ["a"], "logp": [-1], "ref_logp": [-1]"#, config: #"{"beta": 0}"#),
      "2:21: beta must be a number from 1e-09 to 1000000, not 0"
    ),
    (
      dpo(chosen: #""tokens": ["a"], "logp": [-1], "ref_logp": [-1]"#, config: #"{"beta": "0.2"}"#),
      "2:21: beta must be a number from 1e-09 to 1000000, not 0.2, which is a text: write beta: 0.2, without quotes around "
        + "the value"
    ),
  ]

  static let parts: [(String, String)] = [
    (
      #"{"format": "gradus.batch/1", "algorithm": "ppo", "minibatch": [], "sequences": [{}]}"#,
      "1:63: minibatch must hold the number of at least one sequence"
    ),
    (grpo(good, more: #" "minibatch": 0,"#), "2:29: minibatch must be a list, found the number 0"),
    (
      grpo(good, more: #" "minibatch": [0, 1],"#),
      "2:33: minibatch[1] must be the number of a sequence, from 0 to 0, not 1"
    ),
    (
      grpo(good, more: #" "minibatch": [-1],"#),
      "2:30: minibatch[0] must be the number of a sequence, from 0 to 0, not -1"
    ),
    (grpo(good, more: #" "minibatch": [0.5],"#), "2:30: minibatch[0] must be a whole number, found the number 0.5"),
    (grpo(good, more: #" "minibatch": [0, 0],"#), "2:33: minibatch[1]: sequence 0 is in the minibatch twice"),
    (grpo(good, more: #" "step_tokens": 0,"#), "2:31: step_tokens must be a number above 0, not 0"),
    (grpo(good, more: #" "step_tokens": "1","#), "2:31: step_tokens must be a number, found the string '1'"),
    (grpo(good, more: #" "step_share": 0,"#), "2:30: step_share must be above 0 and at most 1, not 0"),
    (grpo(good, more: #" "step_share": 1.5,"#), "2:30: step_share must be above 0 and at most 1, not 1.5"),
    (grpo(good, more: #" "words": 1,"#), "2:25: words must be true or false, found the number 1"),
    (
      #"{"format": "gradus.batch/1", "algorithm": "ppo", "step_tokens": 3, "sequences": [{}]}"#,
      "1:50: unknown key 'step_tokens' in the batch; the keys are: format, algorithm, title, config, logged, step, "
        + "sequences, minibatch"
    ),
    (
      #"{"format": "gradus.batch/1", "algorithm": "dpo", "minibatch": [0], "pairs": [{}]}"#,
      "1:50: unknown key 'minibatch' in the batch; the keys are: format, algorithm, title, config, logged, step, pairs"
    ),
  ]

  private static func example(_ algorithm: String, _ key: String, _ item: String, config: String = "{}") -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "\(algorithm)",
     "config": \(config),
     "\(key)": [{\(item)}]}
    """
  }

  private static let scored =
    #""chosen": {"tokens": ["a"], "score": 1}, "rejected": {"tokens": ["b"], "score": 0}"#

  static let examples: [(String, String)] = [
    (
      example("sft", "sequences", #""tokens": ["a"], "logp": [0.5]"#),
      "3:43: sequences[0].logp[0] is 0.5, but a log-probability is never above 0: is it a probability?"
    ),
    (example("sft", "sequences", #""tokens": ["a"]"#), "3:16: sequences[0] needs the key 'logp'"),
    (
      example("sft", "sequences", #""tokens": ["a"], "logp": [-1], "old_logp": [-1]"#),
      "3:48: unknown key 'old_logp' in sequences[0]; the keys are: prompt, tokens, logp"
    ),
    (
      example("sft", "sequences", #""tokens": ["a"], "logp": [-1]"#, config: #"{"beta": 1}"#),
      "2:13: unknown key 'beta' in config, which has no keys here"
    ),
    (
      example("sft", "pairs", scored),
      "3:2: unknown key 'pairs' in the batch; the keys are: format, algorithm, title, config, logged, step, sequences, "
        + "step_tokens"
    ),
    (
      example("reward-model", "pairs", #""chosen": {"tokens": ["a"]}, "rejected": {"tokens": ["b"], "score": 0}"#),
      "3:23: pairs[0].chosen needs the key 'score'"
    ),
    (
      example("reward-model", "pairs", #""chosen": {"tokens": [], "score": 1}"#),
      "3:34: pairs[0].chosen.tokens must hold at least one token"
    ),
    (
      example("reward-model", "pairs", scored, config: #"{"center_rewards_coefficient": -1}"#),
      "2:43: center_rewards_coefficient must be a number from 0 to 1000, not -1"
    ),
    (
      #"{"format": "gradus.batch/1", "algorithm": "reward-model", "pairs": []}"#,
      "1:68: pairs must hold at least one pair"
    ),
  ]

  @Test(arguments: groups + pairs + parts + examples)
  func isToldWithItsPlace(text: String, message: String) throws {
    do {
      _ = try Batch(JSONReader.read(text))
      Issue.record("\(text) was accepted")
    } catch {
      #expect("\(error)" == message)
    }
  }

  @Test func lossesWithoutReferenceNeedNone() throws {
    for loss in ["simpo", "orpo", "sft"] {
      let text = Self.dpo(chosen: #""tokens": ["a"], "logp": [-1]"#, config: "{\"loss_type\": \"\(loss)\"}")
      let trace = try Batch(JSONReader.read(text)).record()
      #expect(trace.value(.loss, at: trace.beats.count - 1)?.isFinite == true)
    }
  }
}
