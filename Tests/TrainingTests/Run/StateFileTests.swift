import Testing

@testable import Training

@Suite struct StateFileTests {
  private var state: RunState {
    var state = RunState()
    state.integers = ["step": 100, "largest": .max]
    state.numbers = [
      "third": 1.0 / 3, "minus zero": -0.0, "tiny": .leastNonzeroMagnitude, "nan": Double(nan: 7, signaling: false),
      "infinity": .infinity,
    ]
    state.lists = ["ema": [0.1, -0.2], "empty": []]
    state.strings = ["é \"": "a\n\u{1}"]
    return state
  }

  @Test func everyBitComesBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/state.json"
    try state.write(to: path)
    #expect(try RunState.read(path) == state)
    #expect(folder.entries == ["state.json"])
  }

  @Test func equalStatesAreEqualFiles() throws {
    #expect(state.json == state.json)
    #expect(state.json.contains("\"third\": \"3fd5555555555555 0.3333333333333333\""))
    #expect(state.json.contains("\"largest\": \"18446744073709551615\""))
    var other = state
    other.numbers["minus zero"] = 0
    #expect(other != state)
  }

  @Test(arguments: [
    ("{", "1:2: "), ("{\"integers\":{\"a\":1}}", "1:18: a must be a string, found the number 1"),
    ("{\"integers\":{\"a\":\"-1\"}}", "1:18: a must be a whole number from 0 to 18446744073709551615"),
    ("{\"integers\":{},\"numbers\":{\"a\":\"1\"}}", "1:31: a must be the 16 hexadecimal digits of a double's bits"),
    ("{\"integer\":{}}", "1:2: unknown key 'integer' in the state; did you mean 'integers'?"),
  ])
  func refuses(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, "state.json")
    let error = #expect(throws: TrainingError.self) { try RunState.read(folder.path + "/state.json") }
    #expect(error?.message.hasPrefix("\(folder.path)/state.json:\(message)") == true, "\(error?.message ?? "")")
  }

  @Test func whatIsMissingIsNamed() {
    let error = #expect(throws: TrainingError.self) { try state.integer("epoch", in: "state.json") }
    #expect(error == TrainingError(.badData, "state.json: there is no integer 'epoch'"))
  }
}
