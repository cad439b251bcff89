import Documents
import Player
import Plots
import Recording
import Simulation
import Testing

@Suite struct PictureTests {
  /// The picture of every built-in source, at every stage, shows recorded numbers and leads to where they were recorded.
  @Test(arguments: Scenario.builtIn)
  func everyPointLeadsToItsTerm(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let source = Source.scenario(scenario)
    let trace = source.record()
    for run in trace.stages.prefix(40) {
      _ = asking.text(#"{"do":"view","at":\#(run.beats.lowerBound)}"#)
      let picture = try asking.ask(#"{"do":"picture"}"#)
      #expect(try !picture.required("svg").string().isEmpty)
      for place in try picture.required("places").list() {
        let fields = try place.object()
        let key = try trace.glossary.key(parsing: fields.required("term").string())
        let beat = try fields.required("at").integer()
        #expect(trace.beats[beat].terms.contains { trace.terms[$0].key == key }, "\(scenario.name) at \(run.name)")
      }
    }
  }

  @Test(arguments: Scenario.builtIn)
  func everyKindThatIsOfferedIsDrawnOrSaysWhyNot(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let kinds = try asking.ask(#"{"do":"picture"}"#).required("kinds").list()
    #expect(!kinds.isEmpty)
    for kind in kinds {
      let name = try kind.object().required("name").string()
      let picture = try asking.ask(#"{"do":"picture","what":"\#(name)"}"#)
      #expect(try picture.required("name").string() == name)
      #expect(picture.optional("svg") != nil || picture.optional("problem") != nil)
    }
  }

  /// What was there before a what-if stays, pale and without a term; taken back, the picture is as it was.
  @Test func aChangeLeavesGhosts() throws {
    var asking = try Asking(open: "ppo")
    let beat = try #require(
      PlotKind.first(of: Scenario.builtIn[0].record(), source: .scenario(Scenario.builtIn[0]))?.plot
        .places(in: Scenario.builtIn[0].record()).first?.beat)
    _ = asking.text(#"{"do":"view","at":\#(beat)}"#)
    let before = try asking.ask(#"{"do":"picture"}"#).required("svg").string()
    let overview = try asking.ask(#"{"do":"set","option":"cliprange","value":"0.05"}"#)
    let after = try asking.ask(#"{"do":"picture"}"#).required("svg").string()
    #expect(try overview.required("firstChange").integer() > 0)
    #expect(!before.contains("before the change") && after.contains("before the change"))
    _ = asking.text(#"{"do":"reset"}"#)
    #expect(try asking.ask(#"{"do":"picture"}"#).required("svg").string() == before)
  }
}
