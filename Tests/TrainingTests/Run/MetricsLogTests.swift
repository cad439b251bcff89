import Testing

@testable import Training

@Suite struct MetricsLogTests {
  @Test func writesTheStepFirstAndKeepsTheOrder() throws {
    let folder = try TemporaryFolder()
    let log = try MetricsLog(path: folder.path + "/metrics.jsonl", after: 0)
    try log.append(step: 1, [MetricValue("loss", 0.1), MetricValue("grad_norm", .nan)])
    try log.append(step: 2, [MetricValue("rewards/margins", 1e-300)])
    #expect(
      try folder.text("metrics.jsonl")
        == "{\"step\":1,\"loss\":0.1,\"grad_norm\":null}\n{\"step\":2,\"rewards/margins\":1e-300}\n")
    let lines = try MetricsLog.read(folder.path + "/metrics.jsonl")
    #expect(lines.map(\.step) == [1, 2])
    #expect(lines[0]["loss"] == 0.1)
    #expect(lines[0]["grad_norm"]?.isNaN == true)
    #expect(lines[1]["loss"] == nil)
  }

  @Test(arguments: [
    (0, ""), (1, "{\"step\":1}\n"), (2, "{\"step\":1}\n{\"step\":2}\n"),
    (9, "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n"),
  ])
  func resumingCutsOffWhatCameLater(step: Int, kept: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"step\":4,\"lo", "metrics.jsonl")
    let log = try MetricsLog(path: folder.path + "/metrics.jsonl", after: step)
    #expect(try folder.text("metrics.jsonl") == kept)
    try log.append(step: step + 1, [])
    #expect(try folder.text("metrics.jsonl") == kept + "{\"step\":\(step + 1)}\n")
  }

  @Test func aDamagedLastLineIsDroppedAndOneInTheMiddleIsNot() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    try folder.write("{\"step\":1}\n\0\0\0\n", "metrics.jsonl")
    #expect(try MetricsLog.read(path).map(\.step) == [1])
    try folder.write("{\"step\":1}\n{\"step\":\n{\"step\":3}\n", "metrics.jsonl")
    let error = #expect(throws: TrainingError.self) { try MetricsLog.read(path) }
    #expect(error?.kind == .badData)
    #expect(error?.message.hasPrefix("\(path):2:9: ") == true)
  }

  @Test func aPlaceThatCannotBeWrittenIsSaid() throws {
    let folder = try TemporaryFolder()
    try folder.write("", "file")
    let path = folder.path + "/file/metrics.jsonl"
    let error = #expect(throws: TrainingError.self) { try MetricsLog(path: path, after: 0) }
    #expect(error == TrainingError(.writeFailed, "\(path): cannot be written: Not a directory"))
  }
}
