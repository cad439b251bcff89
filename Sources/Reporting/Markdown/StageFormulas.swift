import Objectives
public import Simulation

/// A stage's formulas as textbooks write them, for the settings of a run.
struct StageFormulas {
  private(set) var formulas: [String] = []
  /// The options that the formulas' letters stand for.
  private(set) var letters: [(latex: String, option: Option)] = []

  init(_ stage: Stage, _ settings: Settings) {
    switch stage {
    case .supervised:
      formulas = ["L_{\\text{SFT}} = -\\mathrm{mean}(\\log\\pi_{\\text{ref}}(y_t \\mid y_{t-1}))"]
    case .rewardModel:
      formulas = [
        "L_{\\text{RM}} = \\mathrm{mean}(-\\log\\sigma(s_{\\text{chosen}} - s_{\\text{rejected}})"
          + " + c (s_{\\text{chosen}} + s_{\\text{rejected}})^2)"
      ]
      letters = [("c", .centerRewards)]
    case .rollout:
      formulas = [
        "\\pi(b \\mid a) = \\frac{e^{\\theta_{a,b}}}{\\sum_c e^{\\theta_{a,c}}} \\quad"
          + " y_t = \\text{the first } b \\text{ with } u_t \\lt \\sum_{c \\le b} \\pi(c \\mid y_{t-1})"
      ]
    case .reference: formulas = ["d_t = \\log\\pi_{\\text{old}}(y_t) - \\log\\pi_{\\text{ref}}(y_t)"]
    case .score: formulas = ["s = \\sum_t w_{y_t}"]
    case .klPenalty: useKLPenalty(settings)
    case .values: formulas = ["V_{\\text{old},t} = \\phi_{y_{t-1}}"]
    case .gae:
      formulas = [
        "\\delta_t = R_t + \\gamma V_{t+1} - V_t \\quad \\hat A_t = \\delta_t + \\gamma\\lambda \\hat A_{t+1}"
          + " \\quad G_t = \\hat A_t + V_t"
      ]
      letters = [("\\gamma", .gamma), ("\\lambda", .lam)]
    case .whiten:
      formulas =
        settings.flag(.whitenAdvantages)
        ? ["A_t = \\frac{\\hat A_t - \\mu_A}{\\sigma_A} \\quad \\sigma_A = \\sqrt{\\mathrm{Var}(\\hat A) + 10^{-8}}"]
        : ["A_t = \\hat A_t"]
    case .policy: formulas = ["\\log\\pi_\\theta(y_t \\mid y_{t-1}) = \\theta_{a,b} - \\log\\sum_c e^{\\theta_{a,c}}"]
    case .ratio: formulas = ["r_t = e^{\\log\\pi_\\theta(y_t) - \\log\\pi_{\\text{old}}(y_t)}"]
    case .clip: useClip(settings)
    case .valueLoss: useValueLoss(settings)
    case .entropy: formulas = ["H_t = -\\sum_b \\pi_\\theta(b \\mid y_{t-1}) \\log\\pi_\\theta(b \\mid y_{t-1})"]
    case .klLoss: formulas = [Self.estimate(settings)]
    case .loss: useLoss(settings)
    case .gradient:
      formulas = ["g = \\nabla_\\theta L"]
      if settings.optionalNumber(.maxGradNorm) != nil {
        formulas = ["g = \\nabla L \\quad c_g = \\min\\left(1, \\frac{c}{\\lVert g \\rVert}\\right)"]
        letters = [("c", .maxGradNorm)]
      }
    case .update: useOptimizer(settings)
    case .sync: formulas = ["\\pi_{\\text{old}} \\leftarrow \\pi_\\theta"]
    case .adaptiveKL:
      formulas = [
        "\\beta \\leftarrow \\beta \\left(1 + \\mathrm{clip}\\left(\\frac{\\text{KL}}{\\text{target}} - 1, -0.2, 0.2\\right)"
          + " \\frac{n}{\\text{horizon}}\\right)"
      ]
      letters = [("\\text{target}", .klTarget), ("\\text{horizon}", .klHorizon)]
    case .oracle:
      formulas = [
        "J(\\pi) = \\mathbb E_\\pi[s] - \\beta \\mathrm{KL}(\\pi \\Vert \\pi_{\\text{ref}}) \\quad"
          + " \\pi^\\ast \\propto \\pi_{\\text{ref}} e^{s / \\beta}"
      ]
    default: break
    }
  }

  private static func estimate(_ settings: Settings) -> String {
    let d = "\\log\\pi(y_t) - \\log\\pi_{\\text{ref}}(y_t)"
    return switch settings.choice(.klEstimator) {
    case "k2": "k_t = \\frac{1}{2} d_t^2 \\quad d_t = \(d)"
    case "k3": "k_t = e^{-d_t} - 1 + d_t \\quad d_t = \(d)"
    case "exact": "k_t = \\sum_b \\pi(b) (\\log\\pi(b) - \\log\\pi_{\\text{ref}}(b))"
    default: "k_t = \(d)"
    }
  }

  private mutating func useKLPenalty(_ settings: Settings) {
    formulas = [Self.estimate(settings)]
    if settings.flag(.useKLLoss) {
      formulas.append("R_t = s \\text{ where the score lands, else } 0")
    } else {
      formulas.append("R_t = -\\beta k_t + s \\text{ where the score lands, else } R_t = -\\beta k_t")
      letters = [("\\beta", .klCoef)]
    }
  }

  private mutating func useClip(_ settings: Settings) {
    let high = settings.optionalNumber(.cliprangeHigh) == nil ? "\\varepsilon" : "\\varepsilon_{\\text{high}}"
    formulas = ["J_t = \\min(r_t A_t, \\mathrm{clip}(r_t, 1 - \\varepsilon, 1 + \(high)) A_t)"]
    letters = [("\\varepsilon", .cliprange)]
    if settings.optionalNumber(.cliprangeHigh) != nil { letters.append((high, .cliprangeHigh)) }
    if settings.optionalNumber(.dualClip) != nil {
      formulas.append("J_t \\ge c A_t \\text{ where } A_t \\lt 0")
      letters.append(("c", .dualClip))
    }
  }

  private mutating func useValueLoss(_ settings: Settings) {
    guard settings.optionalNumber(.cliprangeValue) != nil else {
      formulas = ["e_{V,t} = (V_t - G_t)^2"]
      return
    }
    formulas = [
      "\\hat e_{V,t} = \\max((V_t - G_t)^2, (\\mathrm{clip}(V_t, V_{\\text{old},t} - \\varepsilon_V,"
        + " V_{\\text{old},t} + \\varepsilon_V) - G_t)^2)"
    ]
    letters = [("\\varepsilon_V", .cliprangeValue)]
  }

  private mutating func useLoss(_ settings: Settings) {
    var loss = "L = L_\\pi + c_V L_V"
    letters = [("c_V", .vfCoef)]
    if settings.number(.entropyCoef) != 0 {
      loss += " - c_H B_H"
      letters.append(("c_H", .entropyCoef))
    }
    if settings.flag(.useKLLoss) {
      loss += " + \\beta L_{\\text{KL}}"
      letters.append(("\\beta", .klCoef))
    }
    formulas = [
      loss, "L_\\pi = -\\mathrm{mean}(J_t) \\quad L_V = \\frac{1}{2} \\mathrm{mean}(\\hat e_{V,t})",
    ]
  }

  private mutating func useOptimizer(_ settings: Settings) {
    letters = [("\\eta", .learningRate)]
    guard settings.choice(.optimizer) != "sgd" else {
      formulas = ["\\Delta\\theta = -\\eta c_g g"]
      return
    }
    let decay = settings.choice(.optimizer) == "adamw" && settings.number(.weightDecay) > 0
    formulas = [
      "m \\leftarrow \\beta_1 m + (1 - \\beta_1) c_g g \\quad v \\leftarrow \\beta_2 v + (1 - \\beta_2) (c_g g)^2",
      "\\Delta\\theta = -\\eta \\frac{m / (1 - \\beta_1^n)}{\\sqrt{v / (1 - \\beta_2^n)} + \\epsilon}"
        + (decay ? " - \\eta w \\theta" : ""),
    ]
    letters += [("\\beta_1", .adamBeta1), ("\\beta_2", .adamBeta2), ("\\epsilon", .adamEpsilon)]
    if decay { letters.append(("w", .weightDecay)) }
  }
}

extension Source {
  /// The formulas of a stage as textbooks write them, as LaTeX; none where they are not the same for every term.
  public func formulas(ofStage name: String) -> [String] {
    guard algorithm == .ppo, case .scenario = self, let stage = Stage.allCases.first(where: { $0.name == name }) else {
      return []
    }
    return StageFormulas(stage, settings).formulas
  }
}
