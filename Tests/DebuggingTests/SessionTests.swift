import Debugging
import Documents
import Recording
import Reporting
import Simulation
import Testing

/// The debugger's commands, by what they answer.
@Suite struct SessionTests {
  /// What a session answers to the last of these commands.
  private func answer(_ commands: String..., options: [(String, String)] = []) throws -> Reply {
    var source = Source.scenario(.builtIn[0])
    for (name, value) in options { try source.set(name, to: value) }
    var session = Session(source: source)
    var reply = session.run(commands[0])
    for command in commands.dropFirst() { reply = session.run(command) }
    return reply
  }

  @Test func steppingBackIsExact() {
    var session = Session(source: .scenario(.builtIn[0]))
    var seen = [session.run("goto 300").text.plain]
    for _ in 0..<40 { seen.append(session.run("step").text.plain) }
    for text in seen.dropLast().reversed() { #expect(session.run("back").text.plain == text) }
    #expect(session.beat == 300)
  }

  @Test func anEmptyLineRepeatsTheLastStep() {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("step 3")
    _ = session.run("p loss")
    _ = session.run("")
    #expect(session.beat == 5)
    _ = session.run("b")
    _ = session.run("")
    #expect(session.beat == 3)
  }

  @Test func nextAndPreviousMoveByStages() {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("n 4")
    #expect(session.trace.stage(ofBeat: session.beat).name == "rollout")
    _ = session.run("step 2")
    // From within a stage, the overview before is its own.
    _ = session.run("prev")
    #expect(session.trace.stage(ofBeat: session.beat).name == "rollout")
    _ = session.run("prev")
    #expect(session.trace.stage(ofBeat: session.beat).name == "sync")
  }

  @Test func breakpointsStopInBothDirections() throws {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("break ratio > 1.2")
    let first = session.run("c")
    #expect(first.text.plain.hasPrefix("breakpoint 1: ratio > 1.2\nratio 0/0/1"))
    let place = session.beat
    _ = session.run("c")
    #expect(session.beat > place)
    _ = session.run("rc")
    #expect(session.beat == place)
    let end = session.run("rc")
    #expect(end.text.plain.hasPrefix("no breakpoint is met any more; here is the start"))
    #expect(session.position == .opening)
  }

  @Test func watchesShowOldAndNew() throws {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("goto 0/0/0 loss")
    _ = session.run("watch loss")
    let reply = session.run("goto 362").text.plain
    #expect(!reply.contains("watch 1"))
    #expect(session.run("step").text.plain.contains("  watch 1  loss: 0.2438 → -0.2317"))
  }

  @Test(arguments: [
    ("p ratio[0,0] + 1", "ratio[0,0] + 1 = "), ("p mean(advantage)", "mean(advantage) = "),
    ("p count(clipped)", "count(clipped) = 2"), ("p max(ratio) > 1.2", "max(ratio) > 1.2 = 1"),
    ("p -2 * (3 + 1) / 4", "-2 * (3 + 1) / 4 = -2"), ("p grad(logp[0,0])", "grad(logp[0,0]) = "),
    ("p token[0,0]", "token[0,0] = great"), ("p abs(-1.5e1)", "abs(-1.5e1) = 15"),
  ])
  func expressions(command: String, expected: String) throws {
    let reply = try answer("goto 0/1/1 update", command)
    #expect(!reply.isError && reply.text.plain.hasPrefix(expected), "\(reply.text.plain)")
  }

  @Test func meansOfExpressionsAreRight() throws {
    let trace = Scenario.builtIn[0].record()
    let value = try Expression(parsing: "mean(advantage)", glossary: trace.glossary).evaluate(in: trace, at: 400)
    // Whitened over the batch.
    guard case .number(let mean) = value else { throw ExpressionError("not a number") }
    #expect(abs(mean) < 1e-12)
  }

  @Test func whatIfsKeepThePlaceAndCanBeTakenBack() throws {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("goto 0/1/0 clip")
    let before = session.run("goto 0/1/0 clip").text.plain
    let reply = session.run("set cliprange 0.1").text.plain
    #expect(reply.hasPrefix("cliprange: 0.2 → 0.1\nfirst difference  clipped_ratio["))
    #expect(session.trace.stage(ofBeat: session.beat).name == "clip")
    #expect(session.trace.stage(ofBeat: session.beat).loops.text == "0/1/0")
    #expect(session.run("diff").text.plain.hasPrefix("first difference"))
    #expect(session.run("reset").text.plain == "everything is as it was at the start\n")
    #expect(session.run("goto 0/1/0 clip").text.plain == before)
    #expect(session.run("diff").text.plain.hasPrefix("Nothing differs"))
  }

  @Test func aTermThatWasSetSaysSo() throws {
    let reply = try answer("goto score", "set score[0] 2.5", "explain score[0]").text.plain
    #expect(reply.contains("score[0] = 2.500"))
    #expect(reply.contains("set by you; the run computed 1.085"))
  }

  @Test func explainShowsFormulaNumbersUseAndGradient() throws {
    let reply = try answer("goto 0/1/1 clip", "explain ratio[0,1]").text.plain
    for part in ["= exp(log_ratio[0,1])", "= exp(0.01697)", "feeds clipped_ratio[0,1], surrogate[0,1]", "grad = "] {
      #expect(reply.contains(part), "\(part)")
    }
  }

  @Test func whyNamesTheCuts() throws {
    let reply = try answer("goto 0/1/1 gradient", "why grad(policy.logit[was,great])").text.plain
    #expect(reply.hasPrefix("grad(policy.logit[was,great]) = "))
    #expect(reply.contains("loss ← policy_loss ← objective[0,0]"))
    #expect(reply.contains("✂ objective[1,1] ← surrogate[1,1]: min takes"))
    let words = reply.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains("is beyond the border and clipped to 0.8000"))
  }

  /// The paths of a parameter add up to its gradient.
  @Test func theOpenPathsAddUp() throws {
    let reply = try answer("goto 0/0/0 gradient", "why critic.value[film]").text.plain
    let lines = reply.split(separator: "\n")
    let gradient = try #require(NumberText.parse(String(lines[0].split(separator: " ")[2])))
    var sum = 0.0
    for line in lines.dropFirst() where line.contains(" loss ←") {
      sum += NumberText.parse(String(line.split(separator: " ")[0])) ?? 0
    }
    #expect(abs(sum - gradient) < 1e-3 * abs(gradient))
  }

  @Test func verifyAgrees() throws {
    let reply = try answer("goto 0/0/1 gradient", "verify critic.value[was]").text.plain
    #expect(reply.hasSuffix("They agree.\n"))
  }

  @Test(arguments: [
    "policy", "reference", "rewards", "advantages", "kl", "tokens", "histograms", "parameters", "options",
  ])
  func tablesFitTheTerminal(table: String) throws {
    let reply = try answer("goto 0/1/1 update", "show \(table)")
    #expect(!reply.isError)
    for line in reply.text.plain.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
  }

  @Test func everyBeatFitsTheTerminal() {
    var session = Session(source: .scenario(.builtIn[0]))
    while session.beat < session.trace.beats.count - 1 {
      for line in session.run("step").text.plain.split(separator: "\n") {
        #expect(NumberText.width(String(line)) <= 80, "beat \(session.beat): \(line)")
      }
    }
  }

  @Test(arguments: Scenario.builtIn)
  func theQuizExplainsWrongAnswersAndAsksAgainWhatItDoesNotUnderstand(scenario: Scenario) {
    var session = Session(source: .scenario(scenario))
    _ = session.run("goto 0/1/0")
    for _ in 0..<6 {
      let question = session.run("quiz")
      #expect(!question.isError)
      #expect(question.text.plain.hasSuffix("`answer …` answers it.\n"))
      #expect(session.run("answer perhaps").isError)
      let isChoice = question.text.plain.contains("\n  2  ")
      let verdict = session.run(isChoice ? "answer 1" : "answer 7777").text.plain
      if isChoice, verdict.hasPrefix("right: ") { continue }
      #expect(verdict.hasPrefix("no: it is "))
      #expect(verdict.split(separator: "\n").count > 2)
      #expect(session.run("answer 1").isError)
    }
  }

  @Test(arguments: [
    ("foo", "there is no command foo; `help` lists them"),
    ("stpe", "there is no command stpe; did you mean step?"),
    ("step x", "«x» is not a number of steps: a whole number from 1"),
    ("back", "this is the start; `step` goes forward"),
    ("previous", "this is the start; `next` goes forward"),
    ("rc", "this is the start; set a breakpoint, such as break ratio > 1.1, or go on elsewhere"),
    ("goto", "say where: goto 120, goto clip 1/0/0, goto clip, goto end"),
    ("goto gae 7", "there is no 7 in the recording; the last minibatch is 2/1/1"),
    ("goto 99999", "there is no beat 99999: the recording has beats 0 to 1436"),
    ("goto 9/9", "there is no 9/9 in the recording; the last minibatch is 2/1/1"),
    ("goto a/b", "«a/b» is not iteration/epoch/minibatch, such as 0/1/0"),
    ("goto clpi", "there is no stage clpi in the recording; did you mean clip?"),
    ("print", "say what: p ratio[0,*], p mean(advantage), p grad(logp[0,0])"),
    ("p ratoi[0,0]", "there is no term ratoi; did you mean ratio?"),
    ("p ratio[0]", "ratio has 2 indices, not 1: ratio[0,0]"),
    ("p mean(ratio", "a closing parenthesis is missing in «mean(ratio»"),
    ("p 1 +", "the expression «1 +» ends too early"),
    ("p 1 2", "unexpected «2» in «1 2»"),
    ("p ratio[0,0]", "ratio[0,0] is not there yet at beat 0; it first appears at beat 322, in ratio"),
    ("explain", "name a term, such as ratio[0,0]; `list` shows those of this beat"),
    ("explain ratio", "ratio stands for several terms; name one, as in ratio[0,0]"),
    ("explain ratio[7,7]", "ratio[7,7] is not recorded in this run"),
    (
      "show",
      "say what: world, policy, reference, teacher, rewards, advantages, groups, kl, values, pairs, tokens, histograms, parameters, options"
    ),
    ("show kll", "there is no table kll; did you mean kl?"),
    ("show kl", "no response is sampled yet at beat 0: goto rollout"),
    ("set", "say what and to what: set cliprange 0.1, set score[1] 3"),
    ("set cliprange", "say what and to what: set cliprange 0.1, set score[1] 3"),
    ("set cliprange wide", "cliprange must be a number from 0 to 1000000, not wide"),
    ("set clipragne 1", "there is no term clipragne; an option with a similar name: cliprange"),
    ("set num_mini_batches 9", "num_mini_batches (9) must not be more than batch_size (6)"),
    ("set score[0] much", "«much» is not a finite number"),
    ("set score[0] NaN", "«NaN» is not a finite number"),
    ("set token[0,0] good", "«good» is not a token: one of the film was great fine awful very <eos>"),
    ("break ratio >", "the expression «ratio >» ends too early"),
    ("delete 7", "there is no breakpoint or watch 7"),
    ("answer 1", "there is no question: `quiz` asks one"),
    ("help foo", "there is no help on foo; `help` lists the commands"),
    ("diagram clpi", "there is no diagram clpi; did you mean clip?"),
  ])
  func mistakesAreExplained(command: String, message: String) throws {
    let reply = try answer(command)
    #expect(reply.isError)
    #expect(reply.text.plain == message + "\n")
  }

  /// What a table says is not there yet is there where it says, and at the end nothing is still to come.
  @Test(arguments: Scenario.builtIn.map { $0.name })
  func whatIsNotThereYetComes(name: String) throws {
    var session = Session(source: .scenario(try #require(Scenario.builtIn.first { $0.name == name })))
    let tables = try #require(session.run("show").text.plain.split(separator: ":").last)
      .split(whereSeparator: { ", \n".contains($0) })
    for table in tables {
      _ = session.run("goto start")
      let reply = session.run("show \(table)")
      let parts = reply.text.plain.split(separator: ": goto ")
      guard reply.isError, parts.count == 2, let place = parts[1].split(whereSeparator: { $0.isWhitespace }).first
      else { continue }
      #expect(!session.run("goto \(place)").isError)
      let later = session.run("show \(table)")
      #expect(!later.isError, "show \(table) after goto \(place): \(later.text.plain)")
    }
    _ = session.run("goto end")
    for table in tables {
      let reply = session.run("show \(table)")
      #expect(!reply.isError || !reply.text.plain.contains(" yet"), "\(reply.text.plain)")
    }
  }

  @Test(arguments: Scenario.builtIn.map { $0.name })
  func thereIsSomethingToAskAboutFromTheStart(name: String) throws {
    var session = Session(source: .scenario(try #require(Scenario.builtIn.first { $0.name == name })))
    for _ in 0..<8 { #expect(!session.run("quiz").isError) }
  }

  /// A breakpoint on numbers of two beats holds as often as `print` says.
  @Test func aBreakpointComparesWithWhatIsThere() throws {
    var source = Source.scenario(.builtIn[0])
    try source.set([(name: "missing_eos_penalty", text: "1"), (name: "reward_clip_range", text: "0.5")])
    var session = Session(source: source)
    #expect(!session.run("break adjusted_score != score").text.plain.contains("nowhere"))
    _ = session.run("continue")
    #expect(!session.run("p count(adjusted_score != score)").text.plain.contains("= 0"))
  }

  @Test func theDebuggerHasADoctor() {
    var session = Session(source: .scenario(.builtIn[0]))
    #expect(session.run("doctor").text.plain.contains("known puzzles"))
  }

  @Test func completionOffersCommandsTermsAndOptions() {
    let session = Session(source: .scenario(.builtIn[0]))
    func complete(_ line: String) -> [String] { session.completions(of: line, cursor: line.unicodeScalars.count) }
    #expect(complete("wh") == ["why", "where"])
    #expect(complete("set clip").contains("cliprange"))
    #expect(complete("explain rat") == ["ratio["])
    #expect(complete("explain ratio[0,").contains("ratio[0,1]"))
    #expect(complete("p mean(adv").contains("mean(advantage["))
    #expect(complete("goto kl") == ["kl-penalty"])
    #expect(complete("set kl_estimator k").contains("k3"))
    #expect(complete("p metric(objective/k") == ["metric(objective/kl)"])
  }

  @Test func everyCommandHasHelp() {
    var session = Session(source: .scenario(.builtIn[0]))
    let overview = session.run("help").text.plain
    for name in ["step", "back", "reverse-continue", "goto", "break", "watch", "explain", "why", "verify", "quiz"] {
      #expect(overview.contains(name))
      #expect(!session.run("help \(name)").isError)
    }
    for line in overview.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
