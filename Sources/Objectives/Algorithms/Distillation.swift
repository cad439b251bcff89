extension Algorithm {
  /// A student that learns, from its own responses, what a teacher makes of each of their tokens (Agarwal et al. 2023, GKD).
  public static let distillation = Algorithm(
    name: "distill", title: "On-policy distillation", material: .samples, credit: .teacher,
    models: [.policy, .teacher],
    options: OptionsInUse(
      simulated: divergenceOptions + Option.sampling + Option.adam + Option.referenceMaking
        + [.responseLength, .lmbda, .solutionLogit] + teachingOptions,
      replayed: divergenceOptions, training: [.lmbda] + teachingOptions),
    roles: [
      (.lossType, .distillationMode), (.averaging, .aggregation), (.iterations, .batches), (.batchSize, .batchSize),
      (.epochs, .epochs), (.minibatches, .minibatches), (.responseLength, .responseLength),
    ],
    stages: [
      StageUse(.supervised, "The policy learns the demonstrations by maximum likelihood: so it begins."),
      StageUse(.teaching) { settings in
        switch TeacherKind(settings) {
        case .model: "The teacher learns only good responses by maximum likelihood, then is frozen."
        case .base:
          "The teacher is the policy as it begins, with the solution before the prompt: that raises the solution's tokens."
        case .live, .ema:
          "The teacher begins as the policy, with the solution before the prompt: that raises the solution's tokens."
        }
      },
      .sync(before: "The policy starts as what it learned from the demonstrations."),
      StageUse(.rollout) { settings in
        switch settings.number(.lmbda) {
        case 1: "The current policy samples a response to each prompt, token by token."
        case 0: "The responses are demonstrations; for a prompt without one, the current policy samples."
        default:
          "In a share lmbda of the batches the current policy samples the responses; in the others they are demonstrations."
        }
      },
      StageUse(.teacher, "The teacher says how likely it would have made each token of the responses."),
      StageUse(
        .advantage, "The teacher's log-probability minus the policy's is the advantage of each token, whatever follows."
      ),
      StageUse(.oracle, "Exact values: how far the policy is from its teacher, over every possible response."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of the responses."), .ratio,
      StageUse(.objective, "Ratio and advantage become each token's objective."),
      StageUse(.divergence) { settings in
        let (name, count) = (divergenceName(settings), settings.integer(.distillationTopK))
        let likeliest = count == 1 ? "likeliest token" : "likeliest tokens, \(count) at most,"
        return DistillationMode(settings) == .topkLogits
          ? "At each token, what policy and teacher make of the policy's \(likeliest) is compared: \(name)."
          : "At each token, the policy's whole distribution is compared with the teacher's: \(name)."
      },
      StageUse(.loss) { settings in
        let noun = Aggregation(settings).noun
        return DistillationMode(settings) == .sampledToken
          ? "Minus the \(noun) of the objectives is the number that is minimised."
          : "The \(noun) of the divergences is the number that is minimised."
      },
      .gradient, .update,
      StageUse(.teacherSync, "The teacher, who sees the solution, moves towards the policy that it teaches."), .metrics,
    ],
    story: { settings in
      let teacher =
        switch TeacherKind(settings) {
        case .model: "a frozen **teacher**, another model,"
        case .base: "a **teacher**, which is the policy as it began with the solution in sight,"
        case .live: "a **teacher**, which is the policy as it is with the solution in sight,"
        case .ema: "a **teacher**, which is what the policy was on average with the solution in sight,"
        }
      let learned =
        DistillationMode(settings) == .sampledToken
        ? "each token that the teacher finds likelier than the policy does becomes more likely, and the others less"
        : "the policy's distribution over the next token is drawn towards the teacher's, \(divergenceName(settings))"
      let reads =
        switch settings.number(.lmbda) {
        case 1: "samples a response to each prompt"
        case 0: "reads demonstrations"
        default: "samples a response to each prompt, or in some batches reads a demonstration"
        }
      return
        "A **policy**, the student, \(reads). At each of its tokens \(teacher) says what it would have written, and "
        + "\(learned). There is no reward: every token is judged by itself."
    },
    // The policy as it began is one where it is its own teacher.
    usesReference: { TeacherKind($0) == .base },
    meaning: distillationMeaning)

  private static let teachingOptions: [Option] = [
    .distillationBeta, .distillationTopK, .distillationAddTail, .teacherKind, .teacherUpdateRate, .teacherSyncSteps,
  ]

  private static let divergenceOptions: [Option] = [.distillationMode, .aggregation, .lossScaleFactor]

  /// Which divergence it is, in words.
  private static func divergenceName(_ settings: Settings) -> String {
    switch settings.number(.distillationBeta) {
    case 0: "by the forward KL, KL(teacher ‖ policy)"
    case 1: "by the reverse KL, KL(policy ‖ teacher)"
    default: "by the Jensen-Shannon divergence, both against their mixture"
    }
  }

  @Sendable
  private static func distillationMeaning(_ quantity: Quantity) -> Quantity.Description? {
    switch quantity {
    case .referenceLogit:
      .init("start.logit", "\\theta_0", [.previousToken, .nextToken], "the logit with which the policy begins")
    case .advantage:
      .init(
        "advantage", "A", [.sequence, .token],
        "how much likelier the teacher finds the token than the policy that wrote it, as a log-ratio")
    case .objective:
      .init("objective", "J", [.sequence, .token], "ratio times advantage: its gradient is what counts")
    case .exactKL:
      .init(
        "exact_kl", "\\mathrm{KL}(\\pi\\Vert\\pi_T)", [],
        "the KL divergence from the teacher, over every possible response")
    case .exactObjective:
      .init("exact_objective", "J_{\\text{exact}}", [], "minus the exact KL divergence from the teacher")
    default: nil
    }
  }
}
