import Objectives

extension TRLTranslator {
  /// What becomes of an option of the objective in TRL's DistillationTrainer.
  func teaching(_ option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    let isStandard = settings.objective[option] == option.description.standard
    switch option {
    case .distillationBeta: return same(name, value)
    default:
      return isStandard ? .elsewhere : absent(name, value, "TRL's DistillationTrainer takes the mean over tokens")
    }
  }
}

extension TRLTrainer {
  /// Why a run with a teacher cannot go on in TRL's DistillationTrainer.
  @Sendable
  static func teachingObstacle(_ settings: TrainingSettings) -> String? {
    let objective = settings.objective
    let (kind, mode) = (objective.choice(.teacherKind), objective.choice(.distillationMode))
    if kind != "model" {
      return "teacher_model_kind \(kind): TRL's DistillationTrainer shows its teacher the student's prompt alone; "
        + "what sees the solution is TRL's experimental SDFTTrainer, which averages otherwise, so the run cannot go on "
        + "there"
    }
    if mode != "full_logits" {
      return "distillation_mode \(mode): TRL's DistillationTrainer compares whole distributions (full_logits), so the "
        + "run cannot go on there"
    }
    if objective.number(.lmbda) < 1 {
      return "lmbda \(objective[.lmbda].text): TRL's DistillationTrainer learns from sampled responses alone, so the "
        + "run cannot go on there; its experimental GKDTrainer has lmbda, and draws for each pass, not for each step"
    }
    return nil
  }
}
