import Testing

@testable import Training

@Suite struct RewardSpecificationTests {
  @Test(arguments: [
    ("exact_match", [RewardSpecification.exactMatch(column: "answer")]),
    ("exact_match:column=gold", [.exactMatch(column: "gold")]),
    ("length:target=20, unit=words, arithmetic", [.length(target: 20, unit: .words), .arithmetic(column: nil)]),
    ("regex:pattern=^[0-9]+$,exact_match", [.regularExpression(pattern: "^[0-9]+$"), .exactMatch(column: "answer")]),
    (#"regex:pattern=^\d{1\,3}=\\$"#, [.regularExpression(pattern: #"^\d{1,3}=\$"#)]),
    (#"regex:pattern=^$|[\, ]\\\\x"#, [.regularExpression(pattern: #"^$|[, ]\\x"#)]),
    ("command:run=python3 score.py --k=1,timeout=10", [.command(run: "python3 score.py --k=1", timeout: 10)]),
    ("command:run=./a:b", [.command(run: "./a:b", timeout: 30)]),
    ("model:path=runs/reward", [.model(path: "runs/reward")]),
  ])
  func listsAreRead(text: String, expected: [RewardSpecification]) throws {
    #expect(try RewardSpecification.list(NameList.split(text)) == expected)
  }

  @Test func aListOfStringsNeedsNoEscapeForMostCommas() throws {
    #expect(
      try RewardSpecification.list(["regex:pattern=^[0-9]{1,3}$", "length:target=5,unit=words"]) == [
        .regularExpression(pattern: "^[0-9]{1,3}$"), .length(target: 5, unit: .words),
      ])
    #expect(
      try RewardSpecification.list([#"regex:pattern=[, ]\\,b=1"#, "command:run=a --b, c, timeout=3"]) == [
        .regularExpression(pattern: #"[, ]\\,b=1"#), .command(run: "a --b, c", timeout: 3),
      ])
    #expect(throws: TrainingError.self) { try RewardSpecification.list(["exact_match,arithmetic"]) }
  }

  @Test func optionsOfARewardMayFollowACommaAtTheCommandLine() throws {
    var settings = TrainingSettings(.grpo)
    try settings.set(name: "reward_funcs", to: #"length:target=5,unit=words,regex:pattern=^[0-9]{1\,3}$,exact_match"#)
    #expect(
      try RewardSpecification.list(settings.names(.rewardFuncs)) == [
        .length(target: 5, unit: .words), .regularExpression(pattern: "^[0-9]{1,3}$"), .exactMatch(column: "answer"),
      ])
  }

  @Test(arguments: [
    ("exact_mach", "reward_funcs: unknown function 'exact_mach'; did you mean 'exact_match'?"),
    (
      "zzz",
      "reward_funcs: unknown function 'zzz'; the functions are: exact_match, arithmetic, regex, length, command, model"
    ),
    ("length", "reward_funcs: length: needs an option: length:target=…"),
    ("length:traget=5", "reward_funcs: length: unknown option 'traget'; did you mean 'target'?"),
    (
      "length:q=5",
      #"reward_funcs: length: unknown option 'q'; it has: target, unit (a comma inside a value is written \,)"#
    ),
    ("length:target=-3", "reward_funcs: length: target must be a whole number above 0, found '-3'"),
    ("length:target=3,unit=bytes", "reward_funcs: length: unit must be characters or words, found 'bytes'"),
    ("length:target=3,target=4", "reward_funcs: length: target is given twice"),
    ("length:target", "reward_funcs: length: target needs a value: length:target=…"),
    (
      "command:run=x,timeout=0",
      "reward_funcs: command: timeout must be a number of seconds above 0 and at most 86400, found '0'"
    ),
    (
      "regex:pattern=(",
      #"reward_funcs: regex: '(' is not a regular expression; check its brackets, and put \ before a sign that stands for itself"#
    ),
  ])
  func errorsNameWhatIsWrong(text: String, expected: String) {
    #expect(throws: TrainingError(.usage, expected)) { try RewardSpecification.list(NameList.split(text)) }
  }

  @Test func modelsAreLoadedByWhoeverKnowsHow() throws {
    let specification = RewardSpecification.model(path: "runs/reward")
    let function = try specification.function { (path) throws(TrainingError) in ExactMatch(column: path) }
    #expect((function as? ExactMatch)?.column == "runs/reward")
  }
}
