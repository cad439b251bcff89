extension Option {
  /// Distillation: a student, its own responses, and a teacher.
  static let distillationOptions: [Row] = [
    Row(
      .distillationMode, "distillation_mode", .choice(DistillationMode.allCases.map { $0.rawValue }),
      .choice("full_logits"),
      "Whether whole distributions are compared, or the policy gradient of the sampled tokens is taken.",
      "TRL SDFTConfig, which also has topk_logits; Lu and Thinking Machines Lab 2025 (sampled_token)"),
    Row(
      .distillationBeta, "beta", .number(0...1), .number(1),
      "Which divergence full_logits takes: 0 is KL(teacher ‖ policy), 1 is KL(policy ‖ teacher), 0.5 lies between.",
      "TRL DistillationConfig; GKDConfig, 0.5 there; Agarwal et al. 2023, GKD, equation 1"),
    Row(
      .lmbda, "lmbda", .number(0...1), .number(1),
      "The share of batches that the policy samples itself; the others are given responses.",
      "TRL GKDConfig, 0.5 there; Agarwal et al. 2023, GKD, algorithm 1"),
    Row(
      .teacherKind, "teacher_model_kind", .choice(["model", "base"]), .choice("model"),
      "Whether the teacher is a model of its own, or the policy as it begins with the solution before the prompt.",
      "TRL SDFTConfig, whose base this is; GKDConfig teacher_model_name_or_path (model)"),
    Row(
      .solutionLogit, "solution_logit", .number(0...100), .number(3),
      "How much a solution in sight raises the logit of each of its tokens, where the policy is its own teacher.",
      "chosen for the tiny worlds"),
  ]
}
