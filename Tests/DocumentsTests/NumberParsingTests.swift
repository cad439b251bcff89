import Documents
import Testing

@Suite struct NumberParsingTests {
  @Test(arguments: [
    "", "-", ".", "e5", "1e", "1e+", "1 ", " 1", "1.2.3", "--1", "0x10", "nan", "NaN", "inf", "1_000", "١",
  ])
  func refusesWhatIsNoNumber(text: String) { #expect(NumberText.parse(text) == nil) }

  /// Halfway cases, limits and long numbers, against the C library by way of `Double(_: String)`.
  @Test(arguments: [
    "0", "-0", "1", "+1.5", ".5", "5.", "1e3", "1E-3", "0.1", "1e22", "1e23", "9007199254740993",
    "9007199254740992.999",
    "9007199254740993.0000000000000000000000000001", "1.7976931348623157e308", "1.7976931348623158e308", "1e-400",
    "1.7976931348623159e308", "2e308", "1e400", "1e999999999999999999999", "-1e-999999999999999999999", "5e-324",
    "2.5e-324",
    "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072014e-308", "2.2250738585072011e-308", "0e999",
    "1.2345678901234567e-12", "18446744073709551615", "18446744073709551616e-20", "6.02214076e23", "1e-27", "1e-28",
    "7e27",
    "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
    "100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126",
    "0.500000000000000166533453693773481063544750213623046875",
  ])
  func isCorrectlyRounded(text: String) {
    #expect(NumberText.parse(text)?.bitPattern == Double(text)?.bitPattern)
  }

  /// The tie between one and its successor, made longer than any tie needs to be.
  @Test(arguments: [("0", 1), ("1", 1.0.nextUp)])
  func digitsFarAwayDecide(last: String, expected: Double) {
    let tie = "1.00000000000000011102230246251565404236316680908203125"
    #expect(NumberText.parse(tie + String(repeating: "0", count: 2000) + last) == expected)
    #expect(NumberText.parse("0." + String(repeating: "9", count: 100_000)) == 1)
  }

  @Test func everyNumberReadsBack() {
    var bits: UInt64 = 1
    for i in 0..<10_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Half over all exponents, half around one; and more digits than a double needs.
      let x = i % 2 == 0 ? Double(bitPattern: bits) : Double(Int64(bitPattern: bits)) * 0x1p-64
      for text in [NumberText.full(x), "\(bits)e-\(i % 330)"] where x.isFinite {
        if NumberText.parse(text)?.bitPattern != Double(text)?.bitPattern { Issue.record("\(text)") }
      }
    }
  }
}
