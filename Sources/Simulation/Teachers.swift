import Autodiff
import Objectives
import Recording

extension World {
  /// What a teacher of its own learns: the right answers, or else the preferred responses.
  public var lessons: [Demonstration] {
    answers.isEmpty
      ? preferences.map { Demonstration(prompt: $0.prompt, response: $0.chosen) }
      : zip(prompts, answers).map { Demonstration(prompt: $0, response: $1 + [eos]) }
  }
}

extension Trace {
  /// The logits of a teacher: one that learned good responses alone, or the policy with the solution in sight.
  func makeTeacher(_ world: World, from start: [[Scalar]], settings: Settings) -> [[Scalar]] {
    begin(.teaching)
    guard TeacherKind(settings).seesSolution else {
      return fineTune(on: world.lessons, of: world, naming: (.teacherLoss, .teacherLogit), settings: settings)
    }
    let wanted = world.solutionTokens
    return start.indices.map { a in
      beat()
      return start[a].indices.map { b in
        let own = stopGradient(start[a][b])
        return term(.teacherLogit, a, b, wanted[a] == b ? own + settings.value(.solutionLogit) : alias(own))
      }
    }
  }
}

extension World {
  /// With which token its solution goes on in each state; nil where it does not come.
  var solutionTokens: [Int?] {
    let states = StateSpace(self)
    var tokens = [Int?](repeating: nil, count: states.count)
    for lesson in lessons {
      // Where the solution comes to the same place twice, it goes on as it did first.
      for (state, token) in zip(states.path(lesson.response, after: lesson.prompt), lesson.response) {
        tokens[state] = tokens[state] ?? token
      }
    }
    return tokens
  }
}

extension Scenario {
  /// Why there can be no teacher, if there cannot.
  var teacherProblem: String? {
    let kind = TeacherKind(settings)
    if kind.seesSolution {
      return world.answers.isEmpty || !world.policySeesPrompt
        ? "teacher_model_kind \(kind.rawValue) needs answers in its world, and policy_sees_prompt, so that each prompt has a solution"
        : nil
    }
    return world.lessons.isEmpty
      ? "\(algorithm.name) needs in its world answers, or preferences, for the teacher to learn" : nil
  }
}
