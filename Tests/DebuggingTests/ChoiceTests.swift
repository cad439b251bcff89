import Debugging
import Documents
import Reporting
import Testing

/// The table behind `gradus choose`, and what is read off it.
@Suite struct ChoiceTests {
  private let decision = Decision.algorithm

  /// Every way from the first question to an outcome.
  private var ways: [DecisionWay] {
    var open = [DecisionWay(decision)]
    var finished: [DecisionWay] = []
    while let way = open.popLast() {
      if way.outcome != nil || way.steps.count > decision.questions.count { finished.append(way) }
      guard way.question != nil, way.steps.count <= decision.questions.count else { continue }
      for answer in [true, false] {
        var next = way
        next.answer(answer)
        open.append(next)
      }
    }
    return finished
  }

  @Test func everyWayEndsAndEveryOutcomeIsReached() {
    #expect(ways.allSatisfy { $0.outcome != nil })
    #expect(Set(ways.compactMap { $0.outcome?.name }) == Set(decision.outcomes.map { $0.name }))
    #expect(Set(ways.flatMap { $0.steps.map { $0.question.name } }) == Set(decision.questions.map { $0.name }))
  }

  @Test func noWayAsksTheSameTwice() {
    for way in ways {
      let texts = way.steps.map { $0.question.text }
      #expect(Set(texts).count == texts.count)
    }
  }

  @Test(arguments: [
    (
      "ppo",
      [
        "ready": true, "teacher": false, "score": true, "sampling": true, "groups": false, "check": false,
        "critic": true,
      ]
    ),
    (
      "grpo",
      [
        "ready": true, "teacher": false, "score": true, "sampling": true, "groups": false, "check": true,
        "several": true,
      ]
    ),
    (
      "online-dpo",
      [
        "ready": true, "teacher": false, "score": true, "sampling": true, "groups": false, "check": false,
        "critic": false, "order": true,
      ]
    ),
    ("grpo-user-groups", ["ready": true, "teacher": false, "score": true, "sampling": true, "groups": true]),
    ("dpo", ["ready": true, "teacher": false, "score": false, "pairs": true, "reuse": false]),
    ("reward-model", ["ready": true, "teacher": false, "score": false, "pairs": true, "reuse": true]),
    ("distill", ["ready": true, "teacher": true]), ("sft", ["ready": false]),
  ])
  func whatOneHasLeadsTo(outcome: String, known: [String: Bool]) {
    let dialogue = ChoiceDialogue(known: known)
    #expect(dialogue.way.outcome?.name == outcome)
    #expect(dialogue.conclusion.plain.contains("because"))
  }

  @Test func theDialogueFits80Columns() {
    for way in ways {
      var dialogue = ChoiceDialogue()
      var text = ""
      for step in way.steps {
        text += dialogue.question.plain
        text += dialogue.reply(step.answer ? " Yes " : "n").plain
      }
      #expect(dialogue.isFinished)
      text += dialogue.conclusion.plain
      #expect(text.split(separator: "\n").allSatisfy { NumberText.width(String($0)) <= 80 })
    }
  }

  @Test func anAnswerCanBeTakenBack() {
    var dialogue = ChoiceDialogue()
    #expect(dialogue.reply("perhaps").plain.hasPrefix("Answer yes or no"))
    _ = dialogue.reply("yes")
    _ = dialogue.reply("back")
    #expect(dialogue.way.question?.name == "ready")
  }

  @Test func theDiagramHasEveryQuestionAnswerAndOutcome() {
    let dot = decision.dot(way: ChoiceDialogue(known: ["ready": false]).way)
    for question in decision.questions {
      #expect(dot.contains("\"\(question.name)\" -> \"\(question.yes.next)\" [label=\" yes\""))
      #expect(dot.contains("\"\(question.name)\" -> \"\(question.no.next)\" [label=\" no\""))
    }
    for outcome in decision.outcomes { #expect(dot.contains("\n  \"\(outcome.name)\" [label=<")) }
    #expect(dot.contains("\"ready\" -> \"sft\" [label=\" no\", style=\"dashed\", penwidth=\"2.5\"]"))
  }
}
