import Documents
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.5, 0.5, false), (0.5, 0.500_01, false), (0.5, 0.5006, true), (0, 1e-13, false), (0, 1e-9, true),
    (.nan, .nan, false),
    (.nan, 0, true), (1, .infinity, true), (-0.5, 0.5, true),
  ])
  func numbersDifferWhereTheyReadDifferently(a: Double, b: Double, differ: Bool) {
    #expect(NumberText.differ(a, b) == differ && NumberText.differ(b, a) == differ)
  }

  @Test(
    arguments: [
      (3, "3"), (-3, "-3"), (0, "0"), (-0.0, "-0"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e16, "1e+16"),
      (1e-5, "1e-05"), (123_456_789, "123456789"), (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
    ] as [(Double, String)])
  func full(x: Double, text: String) { #expect(NumberText.full(x) == text) }

  @Test(
    arguments: [
      (0.123456, "0.1235"), (12.3456, "12.35"), (-1.5, "-1.500"), (1234.56, "1235"), (1.23456e-5, "1.235e-05"),
      (12_345_678, "1.235e+07"), (0, "0"), (-0.0, "0"), (0.5, "0.5000"), (3, "3"), (-3, "-3"), (999_999, "999999"),
      (1_000_000, "1.000e+06"), (12345.6, "12346"), (999_999.7, "1.000e+06"), (9.99996, "10.00"), (0.99996, "1.000"),
      (0.0001, "0.0001000"), (0.00009999, "9.999e-05"), (0.000099999, "0.0001000"), (1e100, "1.000e+100"),
      (-2.5e-300, "-2.500e-300"), (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
    ] as [(Double, String)])
  func short(x: Double, text: String) { #expect(NumberText.short(x) == text) }

  @Test(arguments: [(1, "0.7"), (2, "0.67"), (6, "0.666667"), (17, "0.66666666666666660")])
  func shortWithOtherDigits(digits: Int, text: String) {
    #expect(NumberText.short(2.0 / 3, digits: digits) == text)
  }

  @Test(
    arguments: [
      (0.125, 2, "0.12"), (0.375, 2, "0.38"), (2.5, 0, "2"), (3.5, 0, "4"), (0.5, 0, "0"), (0.6, 0, "1"),
      (9.99, 1, "10.0"),
      (-0.001, 2, "0.00"), (-1.005, 2, "-1.00"), (-1.015, 2, "-1.02"), (1e-10, 3, "0.000"),
      (1e21, 1, "1000000000000000000000.0"),
      (123.456, 2, "123.46"), (0, 2, "0.00"), (0.05, 1, "0.0"), (0.15, 1, "0.2"), (0.0999, 3, "0.100"),
      (.nan, 2, "NaN"),
    ] as [(Double, Int, String)])
  func fixed(x: Double, decimals: Int, text: String) { #expect(NumberText.fixed(x, decimals: decimals) == text) }

  @Test(arguments: [("", 0), ("ratio", 5), ("λ≈½", 3), ("e\u{301}", 1), ("日本", 4), ("한a", 3), ("✓", 1), ("👍🏽", 2)])
  func width(text: String, cells: Int) { #expect(NumberText.width(text) == cells) }

  @Test func alignment() {
    #expect(NumberText.alignedLeft("日", to: 4) == "日  ")
    #expect(NumberText.alignedRight("1.5", to: 5) == "  1.5")
    #expect(NumberText.alignedRight("too long", to: 5) == "too long")
  }
}
