extension Algorithm {
  /// PPO where it comes from: states, actions, a reward at every step, and no reference (Schulman et al. 2017).
  public static let classicPPO = Algorithm(
    name: "ppo-classic", title: "PPO", material: .samples, credit: .critic, models: [.policy, .critic],
    options: OptionsInUse(
      simulated: Option.whitening + Option.clippedLoss + Option.sampling + Option.adam
        + [.gamma, .lam, .whitenEpsilon, .truncation, .schedule]),
    roles: clipRoles,
    stages: [
      .sync(before: "The policy starts without preferences, the critic with zeros."), .episodes,
      StageUse(.values, "The critic says of each state what return it expects from there."), .gae, .whiten,
      StageUse(
        .oracle, "Exact values, by solving the equations of the world's states, beside the sampled ones."),
      StageUse(.policy, "Policy and critic, being trained, say what they now make of each action and state."),
      StageUse(.ratio, "How many times as likely is each action now as when it was taken?"), .clip, .valueLoss,
      StageUse(.entropy, "How undecided is the policy in each state?"), .loss, .gradient, .update, .metrics,
    ],
    story: { settings in
      "A **policy** acts in a small world that rewards every step. A **critic** guesses in each state what is still to "
        + "come; the advantage says how much better or worse it came. Then the policy makes the actions with a positive "
        + "advantage more likely and the others less, as far as a clip lets it, and the critic "
        + criticsLesson(settings)
    },
    usesReference: { _ in false },
    meaning: { _ in nil })
}
