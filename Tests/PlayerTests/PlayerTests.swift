import Player
import Recording
import Simulation
import Testing

@Suite struct PlayerTests {
  private func answer(_ player: inout Player, _ request: String) throws -> Fields {
    try JSONReader.read(player.answer(request)).object()
  }

  @Test(arguments: Scenario.builtIn.map { $0.name })
  func everyBeatOfEverySourceCanBeSeen(name: String) throws {
    var player = Player()
    let overview = try answer(&player, #"{"do":"open","source":{"name":"\#(name)"}}"#)
    let beats = try overview.required("beats").integer()
    for beat in stride(from: 0, to: beats, by: max(1, beats / 40)) {
      let view = try answer(&player, #"{"do":"view","at":\#(beat)}"#)
      #expect(try view.required("at").integer() == beat)
      #expect(try !view.required("sentence").string().isEmpty)
    }
  }
}
