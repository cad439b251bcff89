import Testing

@testable import Training

@Suite struct TFRecordTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  @Test(
    arguments: [
      (Array(repeating: 0, count: 32), 0x8a91_36aa), (Array(repeating: 0xff, count: 32), 0x62a8_ab43),
      (Array(0..<32), 0x46dd_794e), (Array((0..<32).reversed()), 0x113f_db5c), (Array("123456789".utf8), 0xe306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func theChecksumIsCastagnolis(bytes: [UInt8], checksum: UInt32) { #expect(CRC32C.checksum(bytes) == checksum) }

  /// What `tensorboard.summary.writer.record_writer` writes of the same events.
  @Test(arguments: [
    (
      TensorBoardEvent.fileVersion(time: 1_764_079_534.25),
      "1800000000000000a37f4b2209000090eb6d49da411a0d627261696e2e4576656e743a32ff951ced"
    ),
    (
      TensorBoardEvent.scalars(
        time: 1_764_079_534.25, step: 300, [MetricValue("loss", 0.1), MetricValue("eval_rewards/margins", .nan)]),
      "3e00000000000000d9d240e709000090eb6d49da4110ac022a300a110a0a747261696e2f6c6f737315cdcccc3d0a1b0a14"
        + "6576616c2f726577617264732f6d617267696e73150000c07f41d172c1"
    ),
    (
      TensorBoardEvent.start(time: 1_764_079_534.25, step: 7),
      "0f000000000000006d532b0909000090eb6d49da4110073a0208018847e074"
    ),
    (
      TensorBoardEvent.text(time: 1_764_079_534.25, step: 2, tag: "config", "    a: 1\n"),
      "4300000000000000b18525a009000090eb6d49da4110022a360a340a13636f6e6669672f746578745f73756d6d61727942"
        + "130807120412020801420920202020613a20310a4a080a060a0474657874ebf3658e"
    ),
  ])
  func recordsAreThoseOfTensorBoard(event: [UInt8], record: String) {
    let digits = TFRecord.framed(event).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    #expect(digits.joined() == record)
  }

  @Test func onlyWholeRecordsAreRead() {
    let events = [0, 1, 300, 5_000_000_000].map {
      TensorBoardEvent.scalars(time: 1, step: $0, [MetricValue("loss", 1)])
    }
    let file = events.flatMap(TFRecord.framed)
    var (steps, start): ([Int?], Int) = ([], 0)
    while let record = TFRecord.payload(in: file, at: start) {
      steps.append(TensorBoardEvent.step(of: record.payload))
      start = record.end
    }
    #expect(steps == [0, 1, 300, 5_000_000_000])
    #expect(start == file.count)
    let first = TFRecord.framed(events[0])
    for length in 0..<first.count { #expect(TFRecord.payload(in: Array(first[..<length]), at: 0) == nil) }
    for index in first.indices {
      var damaged = first
      damaged[index] ^= 0x10
      #expect(TFRecord.payload(in: damaged, at: 0) == nil)
    }
  }

  @Test(arguments: [
    ("loss", "train/loss"), ("rewards/margins", "train/rewards/margins"), ("eval_loss", "eval/loss"),
    ("eval_rewards/accuracies", "eval/rewards/accuracies"),
  ])
  func tagsAreThoseOfTransformers(name: String, tag: String) { #expect(TensorBoardEvent.tag(of: name) == tag) }
}
