extension Decision {
  /// From data and resources to PPO, GRPO or DPO, or to what must come first.
  public static let algorithm = Decision(questions: algorithmQuestions, outcomes: algorithmOutcomes)

  private static let algorithmQuestions = [
    Question(
      name: "ready", text: "Does the model already give an answer of the kind you want, at least now and then?",
      short: "gives such answers\nnow and then?",
      yes: Branch("teacher", "The model can do it now and then, so there is something to strengthen."),
      no: Branch("sft", "What the model never does can neither be rewarded nor preferred: it must be shown first.")),
    Question(
      name: "teacher",
      text: "Is there a better model with the same vocabulary, whose probabilities you can read, to be imitated?",
      short: "a better model with\nthe same vocabulary?",
      yes: Branch("distill", "A better model can judge every token that this one writes."),
      no: Branch("score", "Nobody can say of each token whether it was good: whole answers must be judged.")),
    Question(
      name: "score", text: "Can any new answer be scored: by a program that checks it, or by a reward model?",
      short: "a score for\nany new answer?",
      yes: Branch("sampling", "Answers can be scored, so the model can learn from its own samples."),
      no: Branch("pairs", "New answers cannot be scored, so learning must do with answers that were judged.")),
    Question(
      name: "sampling", text: "Can you sample from the model again and again while it is trained?",
      short: "sampling\nwhile training?",
      yes: Branch("groups", "Sampling is possible: training can look at what the policy does now."),
      no: Branch("made", "Without sampling, PPO and GRPO are out: they learn from the current policy's answers.")),
    Question(
      name: "groups",
      text: "Do your users form clear groups that want different things, and is each prompt's group known?",
      short: "clear user groups,\nknown per prompt?",
      yes: Branch("grpo-user-groups", "The groups are known, so that each one's reward can be measured and weighed."),
      no: Branch("check", "There are no groups to be fair to: one reward speaks for all.")),
    Question(
      name: "check", text: "Is the score a check, right or wrong, that a program makes?",
      short: "checked by\na program?",
      yes: Branch("several", "A check cannot be talked round as a reward model can, and judges whole answers."),
      no: Branch("critic", "The score comes from a reward model: watch the KL, since it can be exploited.")),
    Question(
      name: "several", text: "Can you sample several answers, say 4 to 16, to the same prompt?",
      short: "several answers\nper prompt?",
      yes: Branch("grpo", "Answers to one prompt can be compared with each other: no critic is needed."),
      no: Branch("baseline", "One answer per prompt has nothing to be compared with but a critic's expectation.")),
    Question(
      name: "critic", text: "Is there memory and time to train a critic, as large as the model, beside it?",
      short: "room for\na critic?",
      yes: Branch("ppo", "A critic can tell which token made an answer better than expected."),
      no: Branch("order", "Without a critic, the answers to one prompt must be compared with each other.")),
    Question(
      name: "order", text: "Of two answers, do you trust which one the score puts first more than by how much?",
      short: "the order, rather\nthan the size?",
      yes: Branch("online-dpo", "Which of two answers is better is all that a pair says, and all that is trusted."),
      no: Branch("grpo", "The sizes of the scores count: the mean of a group of answers takes the critic's place.")),
    Question(
      name: "baseline", text: "Is there memory and time to train a critic, as large as the model, beside it?",
      short: "room for\na critic?",
      yes: Branch("ppo-check", "A critic says what was to be expected, and which token changed it."),
      no: Branch("reinforce", "Without a critic and without groups, the mean of the batch must do.")),
    Question(
      name: "made",
      text: "Do you have pairs of answers of which one is preferred, or can you make some by scoring answers you have?",
      short: "pairs, or scored\nanswers for some?",
      yes: Branch("dpo", "Pairs made beforehand can be learned from without sampling."),
      no: Branch("judged", "There are no two answers to one prompt to compare.")),
    Question(
      name: "pairs",
      text: "Do you have pairs of answers to the same prompt, of which one is preferred, or can you make some?",
      short: "preference\npairs?",
      yes: Branch("reuse", "Pairs say which of two answers is better, and that is enough to learn from."),
      no: Branch("judged", "There are no pairs to compare.")),
    Question(
      name: "reuse",
      text: "Can you sample while training, and do you need more than the pairs say: a score to reuse, "
        + "several aims at once, answers unlike those in the pairs?",
      short: "sampling, and more\nthan pairs say?",
      yes: Branch("reward-model", "A reward model generalises the pairs to answers that nobody has judged."),
      no: Branch("dpo", "What the pairs say is what is wanted, so that the detour by a reward model can be saved.")),
    Question(
      name: "judged", text: "Do you have single answers that were judged good or bad?",
      short: "single answers,\ngood or bad?",
      yes: Branch("kto", "Single judgements say which way each answer should go."),
      no: Branch("collect", "Nothing says yet what a good answer is.")),
  ]

  private static let algorithmOutcomes = [
    Outcome(
      name: "ppo", title: "PPO with a reward model and a KL penalty",
      reasons: "It takes any reward, also one per token, and its critic spreads the credit over the tokens. It is the "
        + "most flexible of the three and has the most parts: policy, reference, reward model, critic.",
      caveats: [
        "Four models, and many settings that matter: gradus step ppo shows each.",
        "A reward model is exploited sooner or later: watch the KL, the length, and the answers themselves.",
      ], scenario: "ppo", tryOut: "gradus compare ppo --set kl_coef=0 --set kl_coef=0.05 --set kl_coef=0.5"),
    Outcome(
      name: "ppo-check", title: "PPO with the check as its reward",
      reasons: "The critic says what was to be expected of a prompt, so that one answer to it is enough, and spreads "
        + "the verdict over the tokens. The check takes the reward model's place.",
      caveats: [
        "Three models, policy, reference and critic, and many settings that matter: gradus step ppo shows each.",
        "One verdict at the end of an answer is little for a critic to learn from: lam near 1 relies on it less.",
      ], scenario: "ppo", tryOut: "gradus compare ppo --set lam=0.5 --set lam=0.95 --set lam=1"),
    Outcome(
      name: "distill", title: "On-policy distillation from the better model",
      reasons: "The student writes, and the teacher's distribution says at every token what it would have written: a "
        + "signal per token where a reward has one per answer, so that far fewer samples are needed than in RL.",
      caveats: [
        "The student gets no better than its teacher. RL from a reward can go on from there.",
        "Without a better model, the model with the solution before its prompt can be the teacher: gradus step distill-self.",
      ], scenario: "distill",
      tryOut: "gradus compare distill --set distillation_mode=full_logits --set distillation_mode=sampled_token"),
    Outcome(
      name: "grpo", title: "GRPO: groups of answers to the same prompt",
      reasons: "Each answer is compared with the others to its prompt, which needs no critic, only samples; it suits "
        + "rewards that judge a whole answer.",
      caveats: [
        "A group whose answers all earn the same teaches nothing: prompts must be neither too easy nor too hard.",
        "All tokens of an answer share one advantage, and the loss's average can favour lengths (loss_type).",
      ], scenario: "grpo",
      tryOut: "gradus compare grpo --set loss_type=grpo --set loss_type=dr_grpo --set loss_type=dapo"),
    Outcome(
      name: "reinforce", title: "REINFORCE++: the batch as the baseline",
      reasons:
        "Every reward is compared with the mean of the whole batch, so that one answer per prompt is enough, and "
        + "nothing beside the policy is trained.",
      caveats: [
        "A prompt that is easy makes every answer to it look good: the advantages are noisier than a group's.",
        "ReMax compares with the policy's own greedy answer to the prompt instead, a second answer for each: "
          + "gradus step remax.",
      ],
      scenario: "grpo --set advantage_estimator=reinforce_plus_plus",
      tryOut: "gradus compare grpo --set advantage_estimator=grpo --set advantage_estimator=reinforce_plus_plus"),
    Outcome(
      name: "grpo-user-groups", title: "GRPO across user groups",
      reasons: "Every group has rewards and a baseline of its own, and weights say how much each counts. So you see, "
        + "and can steer, who gains and who loses.",
      caveats: [
        "Groups must be well defined: where they hardly differ, plain PPO or GRPO does the same with less.",
        "Nothing is guaranteed by the name. What a baseline across groups does to weak groups has to be measured.",
        "Weights and baselines are more settings to tune, and small groups give noisy estimates.",
      ], scenario: "grpo-user-groups",
      tryOut: "gradus compare grpo-user-groups --set advantage_baseline=own_group "
        + "--set advantage_baseline=across_groups"),
    Outcome(
      name: "dpo", title: "DPO on the preference pairs",
      reasons: "It is supervised learning on pairs: no sampling, no reward model, no critic. It is the simplest to "
        + "run and to debug, and a good start even if PPO comes later.",
      caveats: [
        "It learns nothing about answers that are not in the pairs, and the chosen answer itself may get rarer.",
        "Run SFT on the chosen answers first. A larger beta keeps the policy closer to the reference.",
        "Pairs of different user groups are averaged: balance them.",
      ], scenario: "dpo", tryOut: "gradus compare dpo --set beta=0.05 --set beta=0.1 --set beta=0.5"),
    Outcome(
      name: "online-dpo", title: "Online DPO: pairs that the policy samples itself",
      reasons: "Two answers to each prompt are sampled, the score says which is better, and DPO's loss learns from the "
        + "pair. Nothing is trained beside the policy, and how large the scores are does not matter.",
      caveats: [
        "Two answers that score the same still make a pair, whose first one counts as chosen: look at the ties.",
        "A reward model is exploited here as well: watch the KL, the length, and the answers themselves.",
      ], scenario: "online-dpo", tryOut: "gradus compare online-dpo --set beta=0.05 --set beta=0.1 --set beta=0.5"),
    Outcome(
      name: "kto", title: "KTO on single judgements",
      reasons: "KTO raises good answers and lowers bad ones, each against the batch's KL, without pairs.",
      caveats: ["Single judgements say less than pairs do: if two answers to a prompt can be compared, do that."],
      scenario: "kto", tryOut: "gradus compare kto --set undesirable_weight=1 --set undesirable_weight=0.5"),
    Outcome(
      name: "reward-model", title: "A reward model first, then PPO",
      reasons: "Train a reward model on the pairs and hold some back to test it; then sample, score and run PPO, or "
        + "GRPO where there is no room for a critic.",
      caveats: [
        "Try DPO on the same pairs before: it is cheap and tells what the pairs are worth.",
        "The reward model knows the answers that it was trained on; the policy moves away from them.",
      ], scenario: "reward-model", tryOut: "gradus step ppo"),
    Outcome(
      name: "sft", title: "Supervised fine-tuning first",
      reasons: "Show it good answers until it gives some by itself; then ask again.",
      caveats: ["It copies the demonstrations, bad habits included, and never learns what to avoid."],
      scenario: "sft", tryOut: "gradus choose"),
    Outcome(
      name: "collect", title: "Collect judgements first",
      reasons: "None of the three can learn without a reward or a preference. Sample two answers to each prompt and "
        + "let people, or a judge that they trust, pick one; or write a check.",
      caveats: ["A few hundred careful pairs teach more than many careless ones. Keep some back to measure with."],
      scenario: "dpo", tryOut: "gradus choose"),
  ]
}
