import Diagnosis
import Documents
import Foundation
import Notebooks
import Testing

@Suite struct LessonCommandTests {
  private func lesson(_ program: Program, _ arguments: [String], input: String = "") throws -> Program.Result {
    try program(["lesson"] + arguments, input: input)
  }

  @Test func itListsTheLessons() throws {
    let result = try lesson(try Program(), [])
    for lesson in BuiltInPage.lessons { #expect(result.output.contains("\(lesson.number)  \(lesson.title)\n")) }
    #expect(result.output.hasSuffix("gradus lesson 1 begins\n"))
  }

  @Test(arguments: [9])
  func withoutATerminalAWholeLessonIsPrinted(number: Int) throws {
    let program = try Program()
    let result = try lesson(program, ["\(number)"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("End of lesson \(number)."))
    #expect(!result.output.contains("<details>") && !result.output.contains("<!--") && !result.output.contains("```"))
    // Nobody has taken part.
    #expect(!FileManager.default.fileExists(atPath: program.stateFolder.path))
  }

  @Test func proseFitsEightyColumns() throws {
    for lesson in BuiltInPage.lessons + BuiltInPage.derivations + BuiltInPage.tours {
      for case .prose(let prose) in try lesson.notebook().parts {
        for line in TerminalProse.text(prose.lines).plain.split(separator: "\n") where line.count > 80 {
          Issue.record("\(lesson.name): \(line)")
        }
      }
    }
  }

  @Test func anAnswerIsCheckedAndAnExperimentHasNoConsequences() throws {
    let program = try Program()
    let result = try lesson(
      program, ["ratio"], input: "\nset cliprange 0.5\nthe one with the negative advantage\nquit\n")
    #expect(result.output.contains("answer> the one with the negative advantage\nRight: "), "\(result.output)")
    #expect(result.output.contains("To go on from here: gradus lesson 4\n"))

    // Resumed, it neither repeats what was read nor asks again.
    let resumed = try lesson(program, ["4"], input: "quit\n")
    #expect(resumed.output.hasPrefix("You left lesson 4 here:\n"))
    #expect(!resumed.output.contains("answer>"))
    #expect(try lesson(program, []).output.contains("…  4  "))
    #expect(try lesson(program, ["4", "--restart"], input: "quit\n").output.hasPrefix("4. The ratio"))
  }

  @Test(arguments: [
    (
      ["99"],
      "Error: there is no lesson '99'; they are numbered 1 to \(BuiltInPage.lessons.count), "
        + "derivations d1 to d\(BuiltInPage.derivations.count); `gradus lesson` lists them\n"
    ),
    (["ratoi"], "Error: there is no lesson 'ratoi'; did you mean ratio?\n"),
  ])
  func anUnknownLessonIsAnError(arguments: [String], errors: String) throws {
    let result = try lesson(try Program(), arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors == errors)
  }

  @Test func aDamagedFileOfProgressIsToldAndKept() throws {
    let program = try Program()
    try program.write("{", to: ".streams-state/gradus/lessons.json")
    let result = try lesson(program, ["4"])
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("lessons.json:1:2: "))
    #expect(try program.read(".streams-state/gradus/lessons.json") == "{")
  }

  @Test(arguments: Topic.allCases)
  func theDoctorRefersToALessonAboutIt(topic: Topic) throws {
    let lesson = try #require(BuiltInPage.lessons.first { $0.number == topic.lesson })
    let word =
      switch topic {
      case .ratio, .clip: "ratio"
      case .kl, .klGradient: "KL"
      case .advantage: "advantage"
      case .averaging: "loss_type"
      case .preferences: "margin"
      case .truncation: "missing_eos_penalty"
      case .sampler: "vllm"
      case .critic: "cliprange_value"
      case .entropy: "entropy_coef"
      case .rewardModel: "reward model"
      }
    #expect(lesson.text.contains(word), "lesson \(lesson.number) does not speak of \(word)")
  }

  @Test func anInterviewAsksAndAnswersRepeatably() throws {
    let program = try Program()
    let result = try program(["quiz", "--interview", "--seed", "3", "--questions", "2"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("1 of 2\n") && result.output.contains("2 of 2\n"))
    #expect(result.output == (try program(["quiz", "--interview", "--seed", "3", "--questions", "2"]).output))
    #expect(result.output != (try program(["quiz", "--interview", "--seed", "4", "--questions", "2"]).output))
    #expect(try program(["quiz", "--interview", "--json"]).exitCode == 64)
  }

  @Test func everyInterviewQuestionHasAnAnswerAndATrace() throws {
    let questions = try BuiltInPage.interview.notebook().sections.dropFirst()
    #expect(questions.count >= 20)
    for question in questions {
      let cells = question.parts.count { part in
        if case .cell = part { true } else { false }
      }
      #expect(cells >= 1, "\(question.title ?? "")")
    }
  }
}
