import Formats
import Foundation
import Objectives
import Reporting
import Simulation
import Testing

@testable import gradus

@Suite struct ScenarioFileTests {
  @Test(arguments: Scenario.builtIn)
  func aBuiltInScenarioReadsBackAsItself(scenario: Scenario) throws {
    let document = try YAMLReader.read(ScenarioYAML.text(scenario))
    #expect(try Scenario(document, name: scenario.name) == scenario)
  }

  @Test func anEditedScenarioReadsBackAsItself() throws {
    var scenario = Scenario.builtIn[0]
    scenario.title = "a \"title\": # with\n \\ traps\u{7f}, 1, é, \u{2028}, 🎬, "
    scenario.seed = 1 << 53
    scenario.world.preferences[0].margin = -0.25
    scenario.world.vocabulary = ["true", "1e3", "été", "no", "a:b", "\"", "#", "<eos>"]
    var source = Source.scenario(scenario)
    _ = try source.apply(.openai)
    try source.set("learning_rate", to: "1e-30")
    guard case .scenario(let edited) = source else { return }
    let text = ScenarioYAML.text(edited)
    #expect(try Scenario(YAMLReader.read(text), name: edited.name) == edited, "\(text)")
  }

  @Test func thePrintedScenarioRunsAsTheBuiltIn() throws {
    let program = try Program()
    try program.write(program(["scenarios", "ppo"]).output, to: "mine.yaml")
    let original = try program(["print", "ppo", "--json"])
    #expect(try program(["print", "mine.yaml", "--json"]).output == original.output)
    #expect(original.output.contains("\"loss\":"))
  }

  @Test func aDemonstrationWithoutAnEndIsPointedOut() throws {
    let program = try Program()
    let text = try program(["scenarios", "ppo"]).output
    let first = try #require(text.range(of: "response: great <eos>}"))
    try program.write(text.replacingCharacters(in: first, with: "response: great}"), to: "endless.yaml")
    let result = try program(["print", "endless.yaml", "loss"])
    #expect(result.exitCode == 0)
    #expect(
      result.errors == """
        endless.yaml: demonstration 1, 'great', does not end in <eos>: the reference learns to go on writing there. \
        Add <eos> unless that is meant.

        """)
    try program.write(text, to: "whole.yaml")
    #expect(try program(["print", "whole.yaml", "loss"]).errors == "")
  }

  @Test func everyPresetFitsTheAlgorithmsThatItSpeaksOf() throws {
    for scenario in Scenario.builtIn {
      for preset in Preset.allCases where preset.title(for: scenario.algorithm) == nil {
        var source = Source.scenario(scenario)
        #expect(throws: OptionError.self) { try source.apply(preset) }
      }
    }
    #expect(Preset.trl.title(for: .grpo) != nil && Preset.verl.title(for: .dpo) == nil)
    for scenario in Scenario.builtIn {
      for preset in Preset.allCases where preset.title(for: scenario.algorithm) != nil {
        var source = Source.scenario(scenario)
        _ = try source.apply(preset)
        #expect(throws: Never.self) { try source.set([]) }
      }
    }
  }

  @Test func optionsNeedToGoTogetherOnlyInTheEnd() throws {
    let arguments = ["print", "ppo", "kl_coef", "--set", "num_mini_batches=8", "--set", "batch_size=8"]
    #expect(try Program()(arguments).exitCode == 0)
  }

  @Test func aPresetTellsWhatItChanges() throws {
    let result = try Program()(["print", "ppo", "kl_coef", "--preset", "paper", "--set", "kl_coef=0.5"])
    #expect(result.output == "kl_coef  0.5000\n")
    #expect(
      result.errors == """
        preset paper: Schulman et al. 2017; Ouyang et al. 2022, appendix C.4, where it says nothing on language
          kl_coef            0.05 → 0.02   Ouyang et al. 2022, appendix C.4
          cliprange_value    0.2 → none    Schulman et al. 2017, equation 9
          vf_coef            0.1 → 2       Schulman et al. 2017, equation 9: coefficient 1 without the factor 1/2
          whiten_advantages  true → false  Schulman et al. 2017 does not whiten
          num_ppo_epochs     2 → 1         Ouyang et al. 2022, appendix C.4
          max_grad_norm      1 → none      Schulman et al. 2017 does not clip the gradient

        """)
  }
}
