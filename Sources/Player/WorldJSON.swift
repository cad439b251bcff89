import Debugging
import Documents
import Objectives
import Reporting
import Simulation

// The world of a scenario as a document to be edited, and the scenario as YAML to be saved.
extension Pane {
  var world: String {
    var json = JSONWriter()
    json.beginObject()
    if case .scenario(let scenario) = session.source {
      json.member("yaml", ScenarioYAML.text(scenario))
      json.key("document")
      if case .language(let world) = scenario.surroundings { write(scenario, world, to: &json) } else { json.null() }
    } else {
      json.member("yaml", nil as String?)
      json.member("document", nil as String?)
    }
    json.endObject()
    return json.text
  }

  /// Everything but the options, which a page keeps as settings.
  private func write(_ scenario: Scenario, _ world: World, to json: inout JSONWriter) {
    json.beginObject()
    json.member("algorithm", scenario.algorithm.name)
    json.member("title", scenario.title)
    json.key("seed")
    json.number(Double(scenario.seed))
    json.key("world")
    write(world, to: &json)
    json.endObject()
  }

  private func write(_ world: World, to json: inout JSONWriter) {
    json.beginObject()
    json.member("vocabulary", strings: world.vocabulary)
    json.member("prompts", strings: world.prompts.map { world.text($0) })
    json.member("demonstrations", world.demonstrations) { demonstration, json in
      json.member("prompt", world.text(demonstration.prompt))
      json.member("response", world.text(demonstration.response))
    }
    if !world.preferences.isEmpty {
      json.member("preferences", world.preferences) { pair, json in
        json.member("prompt", world.text(pair.prompt))
        json.member("chosen", world.text(pair.chosen))
        json.member("rejected", world.text(pair.rejected))
      }
    }
    if !world.judgements.isEmpty {
      json.member("judgements", world.judgements) { judgement, json in
        json.member("prompt", world.text(judgement.prompt))
        json.member("response", world.text(judgement.response))
        json.member("desirable", judgement.isDesirable)
      }
    }
    writeRewards(of: world, to: &json)
    if world.policySeesPrompt { json.member("policy_sees_prompt", true) }
    json.endObject()
  }

  private func writeRewards(of world: World, to json: inout JSONWriter) {
    if !world.answers.isEmpty { json.member("answers", strings: world.answers.map { world.text($0) }) }
    if !world.users.isEmpty {
      json.member("users", world.users) { kind, json in
        json.member("name", kind.name)
        var prompts: [String] = []
        for prompt in kind.prompts.map({ world.text(world.prompts[$0]) }) where !prompts.contains(prompt) {
          prompts.append(prompt)
        }
        json.member("prompts", strings: prompts)
        json.key("likes")
        json.beginObject()
        for (token, worth) in zip(world.vocabulary, kind.likes) where worth != 0 {
          json.key(token)
          json.number(worth)
        }
        json.endObject()
      }
    }
    guard !world.taste.isEmpty else { return }
    json.key("taste")
    json.beginObject()
    for liking in world.taste {
      json.key(world.text(liking.words))
      json.number(liking.worth)
    }
    json.endObject()
  }
}
