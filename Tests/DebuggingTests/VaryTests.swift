import Debugging
import Documents
import Recording
import Simulation
import Testing

/// `vary`: one table of what comes out under several values.
@Suite struct VaryTests {
  private static func session(_ name: String = "ppo") throws -> Session {
    Session(source: .scenario(try #require(Scenario.builtIn.first { $0.name == name })))
  }

  private func table(_ session: inout Session, _ line: String) throws -> [[String]] {
    let reply = session.run(line)
    try #require(!reply.isError, "\(line): \(reply.text.plain)")
    for line in reply.text.plain.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
    return reply.text.plain.split(separator: "\n").filter { $0.hasPrefix("  ") }
      .map { $0.split(separator: " ").map { String($0) } }
  }

  @Test func eachValueHasARow() throws {
    var session = try Self.session()
    #expect(
      session.run("vary lam=0,0.95 : exact_kl, count(clipped)").text.plain == """
        at the end
          lam   exact_kl  count(clipped)
          0       0.4090               2
          0.95    0.3983               1

        """)
    var rerun = try Self.session()
    _ = rerun.run("set lam 0")
    _ = rerun.run("goto end")
    #expect(NumberText.short(try rerun.number("exact_kl")) == "0.4090")
  }

  @Test func oneNumberByTwoOptionsIsCrossedAndSeedsHaveAMean() throws {
    var session = try Self.session()
    let rows = try table(&session, "vary seed=1..3 cliprange=0.1,0.2: exact_reward")
    #expect(rows[0] == ["seed", "0.1", "0.2"])
    #expect(rows.map { $0[0] } == ["seed", "1", "2", "3", "mean", "±"])
    for column in 1...2 {
      var values: [Double] = []
      for seed in 1...3 {
        var one = try Self.session()
        _ = one.run("open ppo seed=\(seed) cliprange=\(rows[0][column])")
        _ = one.run("goto end")
        values.append(try one.number("exact_reward"))
        #expect(rows[seed][column] == NumberText.short(values[seed - 1]))
      }
      let mean = values.reduce(0, +) / 3
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      #expect(rows[4][column] == NumberText.short(mean))
      #expect(rows[5][column] == NumberText.short((squares / 2).squareRoot(), digits: 2))
    }
    let averaged = try table(&session, "vary cliprange=0.1,0.2 over seed=1..3: exact_reward")
    #expect(averaged[1] == ["0.1", rows[4][1], "±", rows[5][1]])
    #expect(averaged[2] == ["0.2", rows[4][2], "±", rows[5][2]])
  }

  @Test func whatWasSetStaysAndNothingIsChanged() throws {
    var session = try Self.session()
    _ = session.run("goto 0 gae")
    _ = session.run("set score[1] 3")
    _ = session.run("set lam 1")
    let before = session.run("diff").text.plain
    let rows = try table(&session, "vary gamma=1,0.9: raw_advantage[1,0]")
    #expect(rows[1] == ["1", NumberText.short(try session.number("raw_advantage[1,0]"))])
    #expect(session.run("diff").text.plain == before)
    #expect(session.prompt == "(gradus gae 0) ")
    #expect(session.changedOptions.map { $0.name } == ["lam"])
    #expect(session.replacements.count == 1)
  }

  @Test func termsPositionsAndPresetsAreVariedToo() throws {
    var session = try Self.session()
    _ = session.run("goto 0 score")
    #expect(
      try table(&session, "vary score[1]=0,3 at=0 gae: reward[1,2]") == [
        ["score[1]", "reward[1,2]"], ["0", "0"], ["3", "3"],
      ])
    let places = try table(&session, "vary at=0/0/0,0/0/1,end: count(clipped)")
    #expect(places.map { $0[0] } == ["at", "0/0/0", "0/0/1", "end"])
    #expect(places[2][1] == "1")
    let presets = try table(&session, "vary preset=trl,verl at=end: exact_kl")
    #expect(presets.map { $0[0] } == ["preset", "trl", "verl"] && presets[1][1] != presets[2][1])
  }

  @Test func anOptionWithCommasIsRepeated() throws {
    var session = try Self.session("grpo-user-groups")
    let rows = try table(&session, "vary group_weights=1 group_weights=1,1,3: worst_group_reward")
    #expect(rows.map { $0[0] } == ["group_weights", "1", "1,1,3"])
  }

  @Test func aWildcardHasAColumnForEachTermAndADashWhereThereIsNone() throws {
    var session = try Self.session()
    let rows = try table(&session, "vary score_position=last_token,after_last at=0 gae: reward[0,*]")
    #expect(rows[0] == ["score_position", "reward[0,0]", "reward[0,1]", "reward[0,2]"])
    #expect(rows[1].last == "–" && rows[2].last == "1.085")
  }

  @Test func wordsStayWordsAndHaveNoMean() throws {
    var session = try Self.session()
    #expect(try table(&session, "vary temperature=1,0.5 at=0 rollout: token[0,0]")[1] == ["1", "great"])
    #expect(try table(&session, "vary over seed=1..3 at=0 rollout: token[0,0]")[1] == ["–"])
  }

  @Test(arguments: Scenario.builtIn)
  func everyScenarioCanBeVaried(scenario: Scenario) throws {
    var session = Session(source: .scenario(scenario))
    let rows = try table(&session, "vary seed=1,2: loss")
    #expect(rows.map { $0[0] } == ["seed", "1", "2", "mean", "±"])
  }

  @Test(arguments: [
    ("vary", "say what to vary and what to look at: vary lam=0,0.95,1: gradient_cosine, max(ratio)"),
    ("vary lam=0,1", "say what to vary and what to look at: vary lam=0,0.95,1: gradient_cosine, max(ratio)"),
    ("vary lam=0,1 loss", "put a colon before what to look at: vary lam=0,1: loss"),
    ("vary lam=0,1: loss exact_kl", "separate expressions by commas: loss, exact_kl"),
    ("vary lam=0,1: max(ratio) - 1 loss", "unexpected «loss» in «max(ratio) - 1 loss»"),
    ("vary lam: loss", "write name=value, such as lam=0,0.95,1, not «lam»"),
    ("vary over: loss", "say what to vary and what to look at: vary lam=0,0.95,1: gradient_cosine, max(ratio)"),
    ("vary lam=0,2: loss", "lam must be a number from 0 to 1, not 2"),
    ("vary clipragne=0,1: loss", "there is no term clipragne; an option with a similar name: cliprange"),
    ("vary lam=0,1: ratoi[0,0]", "there is no term ratoi; did you mean ratio?"),
    ("vary lam=0,1: group_mean[0]", "group_mean[0] is not recorded in this run"),
    ("vary lam=0,1 over lam=0.5,0.6: loss", "lam can be varied or averaged over, not both"),
    ("vary seed=1..201: loss", "these are 201 combinations; vary 200 at most at a time"),
    ("vary preset=trk: loss", "there is no preset trk; they are trl, openrlhf, verl, openai, paper"),
    ("vary at=7/7: loss", "there is no 7/7 in the recording; the last minibatch is 2/1/1"),
  ])
  func mistakesAreExplained(line: String, message: String) throws {
    var session = try Self.session()
    let reply = session.run(line)
    #expect(reply.isError)
    #expect(reply.text.plain == message + "\n")
  }

  @Test func completionOffersOptionsAndThenTerms() throws {
    let session = try Self.session()
    func complete(_ line: String) -> [String] { session.completions(of: line, cursor: line.unicodeScalars.count) }
    #expect(complete("vary clipr").contains("cliprange="))
    #expect(complete("vary lam=0,1 ov") == ["over"])
    #expect(complete("vary lam=0,1: exact_k") == ["exact_kl"])
  }

  // MARK: doctor

  @Test func theDoctorListsPuzzlesAndTellsOfOne() throws {
    var session = try Self.session("grpo")
    let list = session.run("doctor").text.plain
    #expect(list.contains("· flat-groups  1 of 4 groups teaches nothing\n"))
    for line in list.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
    let one = session.run("doctor flat-groups").text.plain
    #expect(one.hasPrefix("· 1 of 4 groups teaches nothing\n") && one.contains("  do    "))
    #expect(session.run("doctor stuck-margin").text.plain == "stuck-margin is not seen in this run\n")
    #expect(
      session.run("doctor flat-group").text.plain == "there is no known puzzle flat-group; did you mean flat-groups?\n")
    #expect(session.completions(of: "doctor fl", cursor: 9) == ["flat-groups"])
  }
}
