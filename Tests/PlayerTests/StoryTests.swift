import Documents
import Objectives
import Player
import Recording
import Simulation
import Testing

/// What a page needs for its first screen and for its tours.
@Suite struct StoryTests {
  /// Beside every picture stand three options that move it, and that the source has.
  @Test(arguments: Scenario.builtIn)
  func threeOptionsStandBesideEveryPicture(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let kinds = try asking.ask(#"{"do":"picture"}"#).required("kinds").list()
    for kind in kinds {
      let name = try kind.object().required("name").string()
      let levers = try asking.ask(#"{"do":"levers","what":"\#(name)"}"#).required("names").list().map {
        try $0.string()
      }
      #expect(levers.count == 3 && Set(levers).count == 3, "\(scenario.name) \(name): \(levers)")
      for lever in levers { #expect(Source.scenario(scenario).options.contains { $0.description.name == lever }) }
    }
  }

  @Test func whatThePictureShowsNamesTheFirstOption() throws {
    for (source, picture, option) in [
      ("ppo", "clip", "cliprange"), ("ppo", "gae", "lam"), ("grpo", "clip", "epsilon"), ("dpo", "pair-loss", "beta"),
    ] {
      var asking = try Asking(open: source)
      _ = asking.text(#"{"do":"view","at":400}"#)
      let names = try asking.ask(#"{"do":"levers","what":"\#(picture)"}"#).required("names").list()
      let texts = try names.map { try $0.string() }
      #expect(texts.prefix(2).contains(option), "\(source) \(picture): \(texts)")
    }
  }

  @Test func commandsOfASceneRunInOneGo() throws {
    var asking = try Asking(open: "ppo")
    let answer = try asking.ask(#"{"do":"play","lines":["open dpo beta=0.3","goto 50","where","nonsense","quit"]}"#)
    let replies = try answer.required("replies").list().map { try $0.object() }
    #expect(replies.count == 5)
    #expect(try answer.required("at").integer() == 50)
    let failures = try replies.map { try $0.required("isError").bool() }
    #expect(failures == [false, false, false, true, false])
    #expect(try asking.ask(#"{"do":"overview"}"#).required("name").string() == "dpo")
    #expect(try asking.error(#"{"do":"play","lines":"open dpo"}"#).contains("lines"))
  }

  /// The plot shows what a question asks, what a command names, or where one goes.
  @Test(
    arguments: [
      (["open grpo-user-groups group_weights=1,1,3", "goto 8218"], ["group_reward_after[young] < 0"], "groups"),
      (["open sft", "goto end", "p prob_after[was,*]"], [], "policy"),
      (["open reinforce learning_rate=30 seed=8", "goto end"], [], "progress"),
      (["open ppo-classic truncation=terminate", "goto 1394"], [], "gae"),
      (["open distill", "let c = gradient_cosine", "vary seed=1,2 at=end: c"], [], "progress"),
      (["open ppo cliprange=1000", "goto 2 score"], [], "progress"), (["open ppo", "goto 0 rollout"], [], nil),
      (["p exact_kl", "open ppo", "goto 0 rollout"], [], nil),
    ] as [([String], [String], String?)])
  func aSceneHasThePlotOfWhatItIsAbout(lines: [String], question: [String], plot: String?) throws {
    var asking = try Asking(open: "ppo")
    let (lines, asked) = (Asking.list(lines), Asking.list(question))
    let text = asking.text(#"{"do":"play","before":["goto 5"],"lines":\#(lines),"question":\#(asked)}"#)
    #expect(text.contains(plot.map { "\"plot\":\"\($0)\"" } ?? "\"plot\":null"))
    guard let plot else { return }
    let answer = try JSONReader.read(text).object()
    let about = Asking.list(try answer.required("about").list().map { try $0.string() })
    let size = #""width":350,"height":270,"onePanel":true"#
    let picture = try asking.ask(#"{"do":"picture","what":"\#(plot)","about":\#(about),\#(size)}"#)
    #expect(try picture.required("svg").string().contains("height=\"270\""))
  }

  @Test func aPredictionIsJudgedAndLeavesNoTrace() throws {
    var asking = try Asking(open: "ppo")
    func judge(_ given: String, _ rest: String) throws -> Fields {
      try asking.ask(#"{"do":"judge","lines":["goto 339"],"given":"\#(given)",\#(rest)}"#)
    }
    let choices = #""choices":[["up","grad(logp[3,1]) == 0"],["down","grad(logp[5,1]) == 0"]]"#
    #expect(try judge("down", choices).required("isRight").bool() == true)
    #expect(try judge("up", choices).required("isRight").bool() == false)
    #expect(try judge("up", choices).required("text").string() == "down")
    #expect(try judge("1.2", #""number":"clipped_ratio[5,1]""#).required("isRight").bool() == true)
    #expect(try judge("many", #""number":"clipped_ratio[5,1]""#).required("error").string().contains("not a number"))
    #expect(try judge("1", #""number":"nothing[5,1]""#).optional("error") != nil)
    #expect(try judge("up", #""choices":[["up","1"],["down","1"]]"#).required("error").string().contains("2 of the 2"))
    #expect(try asking.ask(#"{"do":"overview"}"#).required("at").integer() == 0)
  }

  /// A change too small to be read bears no mark, and is not counted.
  @Test func whatReadsAsBeforeIsNotChanged() throws {
    var asking = try Asking(open: "ppo")
    let overview = try asking.ask(#"{"do":"set","option":"adam_epsilon","value":"0.00000001000001"}"#)
    if overview.optional("error") == nil { #expect(try overview.required("changedTerms").integer() == 0) }
    let tiny = try asking.ask(#"{"do":"set","option":"learning_rate","value":"0.15000000001"}"#)
    let large = try asking.ask(#"{"do":"set","option":"learning_rate","value":"0.1"}"#)
    let (few, many) = (try tiny.required("changedTerms").integer(), try large.required("changedTerms").integer())
    #expect(many > 1000 && few * 5 < many, "\(few) and \(many)")
  }

  /// The row beside the picture is the state in which the position's token was sampled.
  @Test func theRowIsTheStateOfTheToken() throws {
    var asking = try Asking(open: "ppo")
    let policy = try asking.ask(#"{"do":"view","at":339}"#).required("policy").object()
    let current = try policy.required("current").integer()
    #expect(try policy.required("rows").list()[current].object().required("state").string() == "was")
  }

  /// Of a whole response or pair the first token is pointed out.
  @Test(arguments: [("dpo", "pair_loss"), ("kto", "human_value")])
  func theRowIsThatOfAWholeResponse(name: String, quantity: String) throws {
    var asking = try Asking(open: name)
    let trace = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name })).record()
    let term = try #require(trace.terms.last { trace.glossary.entries[$0.key.name].name == quantity })
    let policy = try asking.ask(#"{"do":"view","at":\#(term.beat)}"#).required("policy").object()
    let prompt = try #require(trace.prompts[term.key.i].split(separator: " ").last)
    let current = try policy.required("current").integer()
    #expect(try policy.required("rows").list()[current].object().required("state").string() == prompt)
  }

  /// What stands beside a policy bears the name that the recording gives it.
  @Test(arguments: [("ppo", "reference"), ("dpo", "reference"), ("distill", "teacher")])
  func whatAPolicyIsComparedWithHasItsName(name: String, compared: String) throws {
    var asking = try Asking(open: name)
    let beats = try asking.ask(#"{"do":"overview"}"#).required("beats").integer()
    let policy = try asking.ask(#"{"do":"view","at":\#(beats - 1)}"#).required("policy").object()
    #expect(try policy.required("compared").string() == compared)
  }

  @Test(arguments: Scenario.builtIn)
  func theRowIsOneOfThePolicys(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let beats = try asking.ask(#"{"do":"overview"}"#).required("beats").integer()
    for beat in stride(from: 0, to: beats, by: max(1, beats / 23)) {
      guard let document = try asking.ask(#"{"do":"view","at":\#(beat)}"#).optional("policy"),
        case .object = document.value
      else { continue }
      let policy = try document.object()
      #expect(try policy.required("rows").list().indices.contains(policy.required("current").integer()))
    }
  }
}
