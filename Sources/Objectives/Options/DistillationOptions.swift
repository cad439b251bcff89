extension Option {
  /// Distillation: a student, its own responses, and a teacher.
  static let distillationOptions: [Row] = [
    Row(
      .distillationMode, "distillation_mode", .choice(DistillationMode.allCases.map { $0.rawValue }),
      .choice("full_logits"),
      "Whether whole distributions are compared, those of the likeliest tokens, or the sampled tokens' policy gradient is taken.",
      "TRL SDFTConfig, topk_logits there; Lu and Thinking Machines Lab 2025 (sampled_token)"),
    Row(
      .distillationTopK, "distillation_topk", .integer(1...1_000_000), .integer(100),
      "How many of the policy's likeliest tokens topk_logits compares; the rest is left out.", "TRL SDFTConfig"),
    Row(
      .distillationAddTail, "distillation_add_tail", .flag, .flag(false),
      "Whether topk_logits counts all other tokens as one more, instead of leaving them out.", "TRL SDFTConfig"),
    Row(
      .distillationBeta, "beta", .number(0...1), .number(1),
      "Which divergence the loss takes: 0 is KL(teacher ‖ policy), 1 is KL(policy ‖ teacher), 0.5 lies between.",
      "TRL DistillationConfig; GKDConfig, 0.5 there; Agarwal et al. 2023, GKD, equation 1"),
    Row(
      .lmbda, "lmbda", .number(0...1), .number(1),
      "The share of batches that the policy samples itself; the others are given responses.",
      "TRL GKDConfig, 0.5 there; Agarwal et al. 2023, GKD, algorithm 1"),
    Row(
      .teacherKind, "teacher_model_kind", .choice(TeacherKind.allCases.map { $0.rawValue }), .choice("model"),
      "Who teaches: a model of its own, or the policy as it began, is now or was on average, with the solution in sight.",
      "TRL SDFTConfig (base, live, ema); GKDConfig teacher_model_name_or_path (model)"),
    Row(
      .teacherUpdateRate, "teacher_update_rate", .number(0...1), .number(0.05),
      "How far an ema teacher moves towards the policy each time; 1 takes it over.", "TRL SDFTConfig"),
    Row(
      .teacherSyncSteps, "teacher_sync_steps", .integer(1...1_000_000), .integer(1),
      "After how many optimizer steps an ema teacher moves.", "TRL SDFTConfig"),
    Row(
      .solutionLogit, "solution_logit", .number(0...100), .number(3),
      "How much a solution in sight raises the logit of each of its tokens, where the policy is its own teacher.",
      "chosen for the tiny worlds"),
  ]
}
