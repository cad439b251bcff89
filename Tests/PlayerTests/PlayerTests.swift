import Documents
import Objectives
import Player
import Recording
import Simulation
import Testing

@Suite struct PlayerTests {
  @Test(arguments: [
    ("{", "expected a key"),
    ("[]", "a request must be an object"),
    (#"{"do":"dance"}"#, "nothing is open in pane 0"),
    (#"{"do":"view","at":3,"pane":2}"#, "pane is 0 or 1, not 2"),
    (#"{"do":"open","source":{"name":"ppp"}}"#, "did you mean ppo?"),
    (#"{"do":"open","source":{"name":"ppo"},"preset":"nosuch"}"#, "there is no preset nosuch"),
    (#"{"do":"open","source":{"name":"ppo"},"settings":[["cliprange"]]}"#, "is a pair, name and value"),
    (#"{"do":"open","source":{"name":"ppo"},"settings":[["cliprange","x"]]}"#, "cliprange must be a number"),
    (#"{"do":"open","source":{"name":"mine","document":"{\"format\": 3}"}}"#, "mine:1:12: "),
    (
      #"{"do":"open","source":{"name":"ppo"},"changes":{"terms":[{"term":"score[99]","occurrence":0,"value":1}]}}"#,
      "score[99]"
    ),
  ])
  func saysWhatIsWrongWithARequest(request: String, expected: String) throws {
    var asking = Asking()
    let message = try asking.error(request)
    #expect(message.contains(expected), "\(message)")
  }

  @Test func aFailedChangeChangesNothing() throws {
    var asking = try Asking(open: "ppo")
    let before = asking.text(#"{"do":"overview"}"#)
    #expect(try asking.error(#"{"do":"set","option":"cliprange","value":"-1"}"#).contains("cliprange"))
    #expect(try asking.error(#"{"do":"set","option":"nosuch","value":"1"}"#).contains("nosuch"))
    #expect(try asking.error(#"{"do":"set","term":"nosuch[0]","occurrence":0,"value":1}"#).contains("nosuch"))
    #expect(try asking.error(#"{"do":"set","term":"score[0]","occurrence":0,"value":"a"}"#).contains("number"))
    #expect(asking.text(#"{"do":"overview"}"#) == before)
  }

  @Test func positionsBeyondTheEndsAreTheEnds() throws {
    var asking = try Asking(open: "dpo")
    let beats = try asking.ask(#"{"do":"overview"}"#).required("beats").integer()
    #expect(try asking.ask(#"{"do":"view","at":9999999}"#).required("at").integer() == beats - 1)
    #expect(try asking.ask(#"{"do":"view","at":-1}"#).required("at").integer() == 0)
  }

  /// What the page shows after a what-if is what a run with that setting records, to the last bit.
  @Test(arguments: [
    ("ppo", "cliprange", "0.05"), ("ppo", "seed", "8"), ("ppo-classic", "lam", "0.5"),
    ("grpo", "loss_type", "dr_grpo"), ("grpo", "num_generations", "8"), ("dpo", "beta", "0.5"),
    ("reinforce", "learning_rate", "0.3"),
  ])
  func whatIfIsARunWithThatSetting(name: String, option: String, value: String) throws {
    var asking = try Asking(open: name)
    let overview = try asking.ask(#"{"do":"set","option":"\#(option)","value":"\#(value)"}"#)
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    try source.set(option, to: value)
    let trace = source.record()
    #expect(try overview.required("beats").integer() == trace.beats.count)
    #expect(try overview.required("changedTerms").integer() > 0)
    for beat in stride(from: 0, to: trace.beats.count, by: 37) {
      let shown = try asking.values(at: beat)
      for term in trace.beats[beat].terms { #expect(shown[trace.text(term)] == trace.value(term)) }
    }
  }

  @Test func aRewardThatIsSetRipplesOnAndIsTakenBack() throws {
    var asking = try Asking(open: "ppo")
    let original = asking.text(#"{"do":"overview"}"#)
    let changed = try asking.ask(#"{"do":"set","term":"score[0]","occurrence":0,"value":3}"#)
    #expect(try changed.required("changedTerms").integer() > 100)
    let source = Source.scenario(Scenario.builtIn[0])
    let score = try #require(source.record().occurrences(of: TermKey(.score, 0)).first)
    let trace = source.record(overrides: [Override(key: TermKey(.score, 0), occurrence: 0, value: 3)])
    let beat = trace.terms[score].beat
    let view = try asking.ask(#"{"do":"view","at":\#(beat)}"#)
    let term = try #require(try view.required("terms").list().first).object()
    #expect(try term.required("value").number() == 3)
    #expect(try term.required("mark").string() == "changed")
    #expect(try term.required("was").object().required("value").number() == source.record().value(score))
    #expect(try asking.values(at: trace.beats.count - 1)["loss"] == nil)
    _ = try asking.ask(#"{"do":"view","at":0}"#)
    #expect(asking.text(#"{"do":"set","term":"score[0]","occurrence":0,"value":null}"#) == original)
  }

  @Test func whatIfsAreRestoredFromTheirList() throws {
    var asking = try Asking(open: "grpo")
    _ = try asking.ask(#"{"do":"set","option":"epsilon","value":"0.1"}"#)
    _ = try asking.ask(#"{"do":"set","term":"reward[0]","occurrence":1,"value":-2.5}"#)
    let view = asking.text(#"{"do":"view","at":700}"#)
    let overview = asking.text(#"{"do":"overview"}"#)
    var other = Asking()
    let changes =
      #"{"settings":[["epsilon","0.1"]],"terms":[{"term":"reward[0]","occurrence":1,"value":-2.5}]}"#
    #expect(
      other.text(#"{"do":"open","source":{"name":"grpo"},"changes":\#(changes),"at":700}"#) == overview)
    #expect(other.text(#"{"do":"view","at":700}"#) == view)
    _ = try other.ask(#"{"do":"reset"}"#)
    #expect(other.text(#"{"do":"view","at":700}"#) != view)
  }

  @Test func twoVariantsStepTogether() throws {
    var asking = try Asking(open: "grpo")
    _ = try asking.ask(
      #"{"do":"open","pane":1,"source":{"name":"grpo"},"changes":{"settings":[["num_generations","8"]]}}"#)
    let stages = try asking.ask(#"{"do":"overview"}"#).required("stages").list().map { try $0.object() }
    let clip = try #require(try stages.last { try $0.required("name").string() == "clip" })
    _ = try asking.ask(#"{"do":"view","at":\#(try clip.required("first").integer())}"#)
    let view = try asking.ask(#"{"do":"follow","pane":1,"pane_of":0}"#)
    let others = try asking.ask(#"{"do":"overview","pane":1}"#).required("stages").list()
    let found = try others[try view.required("stage").integer()].object()
    #expect(try found.required("name").string() == "clip")
    #expect(try found.required("loops").string() == clip.required("loops").string())
    _ = try asking.ask(#"{"do":"close","pane":1}"#)
    #expect(try asking.error(#"{"do":"overview","pane":1}"#) == "nothing is open in pane 1")
  }

  @Test func theCommandLineIsTheDebuggers() throws {
    var asking = try Asking(open: "ppo")
    let reply = try asking.ask(#"{"do":"run","line":"break clipped"}"#)
    let text = try reply.required("spans").list().map { try $0.list()[0].string() }.joined()
    #expect(text.contains("breakpoint 1: clipped, which holds in"))
    #expect(try !reply.required("isChanged").bool())
    let hits = try asking.ask(#"{"do":"overview"}"#).required("hits").list().map { try $0.integer() }
    #expect(try asking.ask(#"{"do":"run","line":"continue"}"#).required("at").integer() == hits[0])
    #expect(try asking.ask(#"{"do":"run","line":"set gamma 0.9"}"#).required("isChanged").bool())
    #expect(asking.text(#"{"do":"run","line":"quit"}"#).contains("close the page"))
    #expect(!asking.text(#"{"do":"run","line":"where"}"#).contains("close the page"))
    #expect(try asking.ask(#"{"do":"run","line":"nosuch"}"#).required("isError").bool())
    let candidates = try asking.ask(#"{"do":"complete","line":"p rati","cursor":6}"#).required("candidates").list()
    #expect(try candidates.map { try $0.string() }.contains("ratio["))
    let files = try asking.ask(#"{"do":"run","line":"diagram clip picture.svg"}"#).required("files").list()
    #expect(try files[0].object().required("name").string() == "picture.dot")
    #expect(try asking.ask(#"{"do":"run","line":"open grpo beta=0.07"}"#).required("isChanged").bool())
    let opened = try asking.ask(#"{"do":"overview"}"#)
    #expect(try opened.required("name").string() == "grpo")
    #expect(try #require(try opened.required("base").list().first).list().map { try $0.string() } == ["beta", "0.07"])
  }

  @Test func aBatchIsOpenedFromItsText() throws {
    let document =
      #"{"format":"gradus.batch/1","algorithm":"grpo","sequences":["#
      + #"{"group":"a","prompt":"<b>","tokens":["</script>","\"x\""],"logp":[-1,-2],"old_logp":[-1.1,-2],"reward":1},"#
      + #"{"group":"a","prompt":"<b>","tokens":["y"],"logp":[-1],"old_logp":[-1],"reward":0}]}"#
    var asking = Asking()
    let overview = try asking.ask(
      #"{"do":"open","source":{"name":"mine","document":\#(quoted(document))}}"#)
    #expect(try overview.required("isBatch").bool())
    let last = try overview.required("beats").integer() - 1
    let rows = try asking.ask(#"{"do":"view","at":\#(last)}"#).required("trajectory").object().required("rows").list()
    let tokens = try rows[0].object().required("tokens").list()
    #expect(try tokens.map { try $0.object().required("text").string() } == ["</script>", "\"x\""])
  }

  private func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.text
  }
}
