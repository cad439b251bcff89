import Documents
import Objectives
import Plots
import Recording
import Simulation
import Testing

/// What plots claim holds for what they draw, of every built-in source and under options that change it.
@Suite struct ClaimTests {
  private static let variations: [(source: String, settings: [(name: String, text: String)])] = [
    ("ppo", [("cliprange", "1000")]), ("ppo", [("cliprange", "0.01")]), ("ppo", [("lam", "0")]),
    ("ppo", [("lam", "1")]),
    ("ppo", [("clip_ratio_c", "1.1"), ("learning_rate", "0.5")]), ("grpo", [("top_entropy_quantile", "0.3")]),
    ("grpo", [("loss_type", "clip_cov")]), ("grpo", [("delta", "1.05"), ("beta", "0")]),
    ("dpo", [("loss_type", "aot")]),
    ("grpo", [("loss_type", "cispo")]), ("grpo", [("epsilon", "0.001")]), ("grpo", [("scale_rewards", "none")]),
    ("grpo", [("importance_sampling_level", "sequence")]), ("grpo-user-groups", [("scale_rewards", "batch")]),
    ("dpo", [("loss_type", "ipo")]), ("dpo", [("loss_type", "hinge")]), ("dpo", [("beta", "5")]),
    ("kto", [("undesirable_weight", "0.5")]), ("ppo-classic", [("cliprange", "0.05")]),
    ("reward-model", [("learning_rate", "50")]), ("online-dpo", [("use_weighting", "true")]),
    ("online-dpo", [("ld_alpha", "0")]), ("online-dpo", [("loss_type", "hinge")]), ("grpo", [("loss_type", "gpg")]),
    ("grpo", [("loss_type", "vespo")]), ("grpo", [("loss_type", "kl_cov")]),
  ]

  private static var subjects: [(name: String, source: Source)] {
    let plain = Scenario.builtIn.map { ($0.name, Source.scenario($0)) }
    let varied = variations.compactMap { variation -> (String, Source)? in
      guard let scenario = Scenario.builtIn.first(where: { $0.name == variation.source }) else { return nil }
      var source = Source.scenario(scenario)
      do { try source.set(variation.settings) } catch { return nil }
      return ("\(variation.source) \(variation.settings)", source)
    }
    return plain + varied
  }

  @Test func theOptionsAreThere() { #expect(Self.subjects.count == Scenario.builtIn.count + Self.variations.count) }

  @Test func everyClaimHolds() throws {
    var claims: Set<String> = []
    for (name, source) in Self.subjects {
      let trace = source.record()
      for kind in PlotKind.available(for: trace, source: source) {
        let stages = stride(from: 0, to: trace.stages.count, by: max(1, trace.stages.count / 12))
        for beat in stages.map({ trace.stages[$0].beats.upperBound - 1 }) as [Int?] + [nil] {
          guard let plot = try? PlotKind.plot(kind.name, trace: trace, source: source, at: beat) else { continue }
          guard let claim = plot.claim else { continue }
          claims.insert(claim)
          check(claim, of: plot, "\(name), \(kind.name) at beat \(beat ?? -1)")
        }
      }
    }
    // What the standard sources are about is claimed somewhere.
    #expect(claims.contains("A token that has already moved far enough gets no more push"))
    #expect(claims.contains("An action that has already moved far enough gets no more push"))
    #expect(claims.contains("What beats the average of its group is pushed up, the rest down"))
    #expect(claims.contains { $0.hasPrefix("The pair ") })
    #expect(claims.contains("However far it moves, each token that has an advantage is pushed"))
    #expect(claims.contains("Where the responses differ, every pair is pulled equally hard"))
  }

  /// The mean of six times 0.2 is not 0.2 to the last digit, and yet nobody beats it.
  @Test(arguments: [(0.2, 6), (0.1, 3)]) func equalRewardsPushNobody(reward: Double, count: Int) throws {
    let sequence =
      #"{"prompt": "Q", "group": "0", "tokens": ["a", "b"], "logp": [-0.7, -1.9], "old_logp": [-0.7, -1.9], "reward": \#(reward)}"#
    let text =
      #"{"format": "gradus.batch/1", "algorithm": "grpo", "config": {"beta": 0.0}, "sequences": ["#
      + Array(repeating: sequence, count: count).joined(separator: ", ") + "]}"
    let source = try Source(try JSONReader.read(text), name: "flat")
    let plot = try PlotKind.plot("group", trace: source.record(), source: source, at: nil)
    #expect(plot.claim == "Where all do equally well, there is nothing to learn")
    #expect(plot.title.hasSuffix("no reward differs: no response is pushed"))
    #expect(plot.panels[1].y.range == -1...1)
  }

  /// Reads a claim back from the points and bars that are drawn.
  private func check(_ claim: String, of plot: Plot, _ place: String) {
    let points = plot.panels.first?.points ?? []
    switch claim {
    case _ where claim.contains("has already moved far enough gets no more push"):
      #expect(
        points.contains { $0.isCut && ($0.mark == .positive ? $0.x.value > 1 : $0.x.value < 1) }, "\(place): \(claim)")
    case _ where claim.hasPrefix("No ") && claim.hasSuffix("still pushed"):
      #expect(!points.contains { $0.isCut }, "\(place): \(claim)")
      #expect(points.contains { $0.mark != nil }, "\(place): \(claim)")
      #expect(
        plot.panels.count < 2 || plot.panels[1].points.allSatisfy { $0.mark == nil || $0.y.value != 0 },
        "\(place): \(claim)")
    case _ where claim.hasPrefix("However far it moves"):
      #expect(!points.contains { $0.isCut } && points.contains { $0.mark != nil }, "\(place): \(claim)")
      // Neither at the points nor where the curves end.
      for panel in plot.panels.dropFirst() {
        #expect(panel.points.allSatisfy { $0.mark == nil || $0.y.value != 0 }, "\(place): \(claim)")
        let ends = panel.curves.flatMap { [$0.vertices.first, $0.vertices.last].compactMap { $0 } }
        #expect(ends.allSatisfy { $0.y != 0 }, "\(place): \(claim)")
      }
    case _ where claim.contains("no push"):
      #expect(points.contains { $0.isCut }, "\(place): \(claim)")
    case "The pair that is most wrong is pulled hardest":
      let strongest = points.first { $0.isHighlighted }
      #expect(strongest.map { $0.x.value < 0 } == true, "\(place): \(claim)")
      #expect(points.allSatisfy { $0.x.value >= strongest?.x.value ?? 0 }, "\(place): \(claim)")
    case "The pair with the smallest lead is pulled hardest":
      let strongest = points.first { $0.isHighlighted }
      #expect(points.allSatisfy { $0.x.value >= strongest?.x.value ?? 0 && $0.x.value >= 0 }, "\(place): \(claim)")
      #expect(points.contains { $0.x.value > strongest?.x.value ?? 0 }, "\(place): \(claim)")
    case "Where the responses differ, the smallest lead is pulled hardest":
      // The others are pairs of one response twice.
      let strongest = points.first { $0.isHighlighted }
      #expect(points.contains { $0.x.value < strongest?.x.value ?? 0 && $0.x.value == 0 }, "\(place): \(claim)")
    case "What beats the average of its group is pushed up, the rest down":
      let (rewards, advantages) = (plot.panels[0], plot.panels[1])
      let mean = rewards.levels[0].value
      for (reward, advantage) in zip(rewards.bars, advantages.bars) {
        let lead = reward.y.value - mean
        #expect(
          lead > 0 ? advantage.y.value > 0 : lead < 0 ? advantage.y.value < 0 : advantage.y.value == 0, "\(place)")
      }
    case "Where all do equally well, there is nothing to learn":
      #expect(plot.panels[1].bars.allSatisfy { $0.y.value.magnitude < 1e-9 }, "\(place)")
      #expect(Set(plot.panels[0].bars.map { $0.y.value }).count == 1, "\(place)")
    case _ where claim.hasPrefix("A reward at the end is felt"):
      #expect(
        plot.panels[0].curves.contains { $0.weight == .strong && $0.vertices.allSatisfy { $0.y > 0 } }, "\(place)")
    case _ where claim.hasPrefix("Only the last"):
      #expect(
        plot.panels[0].curves.contains { $0.weight == .strong && $0.vertices.dropLast().allSatisfy { $0.y == 0 } },
        "\(place)")
    case "The loss pulls at every pair equally hard":
      #expect(points.allSatisfy { !$0.isCut }, "\(place): \(claim)")
    case "Where the responses differ, every pair is pulled equally hard":
      #expect(points.contains { $0.x.value == 0 }, "\(place): \(claim)")
    case _ where claim.hasPrefix("No pairs are needed"): break
    default: Issue.record("\(place): nobody checks “\(claim)”")
    }
  }

  @Test(arguments: Scenario.builtIn)
  func aThumbnailHasNoWordsAndNoStyleOfItsOwn(scenario: Scenario) throws {
    let source = Source.scenario(scenario)
    let svg = try #require(PlotKind.first(of: source.record(), source: source)).plot.thumbnail
    #expect(svg.contains("<path") || svg.contains("<circle"))
    #expect(!svg.contains("<text") && !svg.contains("<style") && !svg.contains("style=") && !svg.contains("<title"))
  }
}
