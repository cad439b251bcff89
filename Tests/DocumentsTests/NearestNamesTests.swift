import Documents
import Testing

@Suite struct NearestNamesTests {
  private let names = ["cliprange", "cliprange_value", "kl_coef", "beta", "gamma", "lam", "epsilon", "epsilon_high"]

  @Test(arguments: [
    ("cliprnage", ["cliprange"]), ("klcoef", ["kl_coef"]), ("Beta", ["beta"]), ("eps", ["epsilon", "epsilon_high"]),
    ("epsilon_low", ["epsilon", "epsilon_high"]), ("cliprange_values", ["cliprange_value", "cliprange"]),
    ("lam-rate", []), ("lambda", []), ("lamm", ["lam"]), ("zzz", []), ("", []),
    ("clip", ["cliprange", "cliprange_value"]), ("x", []),
  ])
  func suggests(typed: String, expected: [String]) { #expect(nearestNames(to: typed, among: names) == expected) }

  @Test func keepsOrderAndLimit() {
    #expect(nearestNames(to: "a1", among: ["a3", "a2", "a1", "a4"], limit: 3) == ["a1", "a3", "a2"])
  }
}
