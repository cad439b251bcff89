import Objectives
import Plots
import Recording
import Simulation
import Testing

/// What is drawn hollow has no gradient, and what the pictures say of it holds under every loss and mask.
@Suite struct HollowTests {
  typealias Run = (source: String, settings: [(name: String, text: String)])

  static let runs: [Run] = clips + GroupLoss.all.map { ("grpo", [(name: "loss_type", text: $0.name)]) }

  private static let clips: [Run] = [
    ("ppo", []), ("ppo", [("clip_ratio_c", "1.1"), ("learning_rate", "0.5")]), ("ppo", [("log_ratio_clamp", "0.05")]),
    ("ppo", [("use_kl_loss", "true")]), ("ppo-classic", []), ("grpo-user-groups", []),
    ("grpo", [("top_entropy_quantile", "0.3")]), ("grpo", [("delta", "1.05"), ("beta", "0")]),
    ("grpo", [("off_policy_mask_threshold", "0.01")]), ("grpo", [("mask_truncated_completions", "true")]),
    ("grpo", [("importance_sampling_level", "sequence")]),
  ]

  private static func plots(_ kind: String, _ run: Run) throws -> [Plot] {
    let scenario = try #require(Scenario.builtIn.first { $0.name == run.source })
    var source = Source.scenario(scenario)
    try source.set(run.settings)
    let trace = source.record()
    guard PlotKind.available(for: trace, source: source).contains(where: { $0.name == kind }) else { return [] }
    let stages = stride(from: 0, to: trace.stages.count, by: max(1, trace.stages.count / 12))
    return stages.compactMap { stage in
      try? PlotKind.plot(kind, trace: trace, source: source, at: trace.stages[stage].beats.upperBound - 1)
    }
  }

  @Test(arguments: runs.indices)
  func aTokenWithoutGradientHasNone(run: Int) throws {
    for plot in try Self.plots("clip", Self.runs[run]) where plot.panels.count == 2 {
      let isWhole = plot.subtitle.contains("hollow: no gradient") && !plot.subtitle.contains("from the objective")
      for (point, push) in zip(plot.panels[0].points, plot.panels[1].points) where point.isCut {
        if isWhole {
          #expect(push.y.value == 0, "\(Self.runs[run]): \(plot.title): \(push)")
        }
        if plot.title.hasSuffix("have moved as far as the objective rewards: no gradient") {
          #expect(
            point.mark == .positive ? point.x.value >= 1 : point.x.value <= 1,
            "\(Self.runs[run]): \(plot.title): \(point)")
        }
      }
      if plot.title.contains("none of them is cut off") || plot.title.contains("gradient is cut off") {
        for push in plot.panels[1].points where push.mark != nil {
          #expect(push.y.value != 0, "\(Self.runs[run]): \(plot.title): \(push)")
        }
      }
    }
  }

  @Test(arguments: PreferenceLoss.all.map { $0.name })
  func noLossOfAProbabilityIsNegative(loss: String) throws {
    let smoothing = loss == "exo_pair" ? [(name: "label_smoothing", text: "0.001")] : []
    let plots = try Self.plots("pair-loss", ("dpo", [(name: "loss_type", text: loss)] + smoothing))
    #expect(!plots.isEmpty)
    for plot in plots {
      let isHollow = plot.panels[0].points.contains { $0.isCut }
      #expect(plot.title.contains("left alone") ? isHollow : true, "\(plot.title)")
      if ["sft", "orpo"].contains(loss) {
        #expect(plot.panels[0].curves.allSatisfy { $0.vertices.allSatisfy { $0.y >= -1e-9 } }, "\(plot.title)")
      }
    }
  }

  /// Every pair's loss but a hinge's pulls at it.
  @Test(arguments: ["sigmoid", "ipo", "aot", "aot_unpaired", "orpo", "sft"])
  func onlyAHingeLeavesPairsAlone(loss: String) throws {
    for plot in try Self.plots("pair-loss", ("dpo", [(name: "loss_type", text: loss)])) {
      #expect(!plot.panels[0].points.contains { $0.isCut }, "\(plot.title)")
    }
  }

  /// In text, too: a sign's meaning is told once, as the subtitle has it.
  @Test func signsMeanOneThing() throws {
    for plot in try Self.plots("pair-loss", ("dpo", [(name: "loss_type", text: "hinge")])) {
      let text = plot.text()
      #expect(!text.contains("to be made less likely") && !text.contains("✂ clipped"), "\(text)")
    }
  }
}
