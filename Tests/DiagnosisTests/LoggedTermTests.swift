import Diagnosis
import Documents
import Objectives
import Recording
import Simulation
import Testing

/// A trainer's own advantages, made otherwise than the file's options say: by what, is named where it is known.
@Suite struct LoggedTermTests {
  private static let rewards = [1.0, 0, 0.5, 0, 1, 1, 0.25, 0]

  private func finding(_ advantages: [Double], _ config: String = "{}") throws -> Finding? {
    let rows = zip(Self.rewards, advantages).enumerated().map { i, row in
      """
      {"prompt": "p\(i / 4)", "group": "g\(i / 4)", "tokens": ["a\(i)", "b"], "logp": [-1, -0.\(i + 1)], "old_logp": [-1, -0.\(i + 1)],
       "reward": \(row.0), "advantage": \(row.1)}
      """
    }
    return try finding(inBatchOf: rows, config)
  }

  private func finding(inBatchOf rows: [String], _ config: String) throws -> Finding? {
    let batch = try Batch(
      JSONReader.read(
        """
        {"format": "gradus.batch/1", "algorithm": "grpo", "title": "step", "config": \(config), "sequences": [
        \(rows.joined(separator: ","))]}
        """))
    let source = Source.batch(batch, name: "step")
    return DoctorReport(of: source, recorded: source.record()).findings.first { $0.name == "logged-terms" }
  }

  private func advantages(ddof: Double = 1, epsilon: Double = 1e-4, overBatch: Bool = false) -> [Double] {
    Self.rewards.indices.map { i in
      let group = overBatch ? Self.rewards[...] : Self.rewards[(i / 4 * 4)..<(i / 4 * 4 + 4)]
      let mean = group.reduce(0, +) / Double(group.count)
      let variance = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (Double(group.count) - ddof)
      return (Self.rewards[i] - mean) / (variance.squareRoot() + epsilon)
    }
  }

  @Test func whatIsRightIsNotNamed() throws {
    #expect(try finding(advantages()) == nil)
  }

  @Test func aCommonFactor() throws {
    #expect(try finding(advantages().map { -$0 })?.explanation.contains("have the other sign, all of them") == true)
    #expect(
      try finding(advantages().map { 2 * $0 })?.explanation.hasSuffix("All of the trainer's are 2 times as large.")
        == true)
    let overN = try finding(advantages(ddof: 0, epsilon: 1e-4 * 0.75.squareRoot()))
    #expect(overN?.explanation.contains("its deviations divide by 4, not by 3") == true)
  }

  @Test func anotherOption() throws {
    let coarse = #"{"scale_rewards_epsilon": 0.01}"#
    let epsilon = try finding(advantages(epsilon: 1e-6), coarse)
    #expect(
      epsilon?.explanation.contains("exactly those of scale_rewards_epsilon = 1e-06, where config says 0.01") == true)
    let pooled = try finding(advantages(overBatch: true))
    #expect(pooled?.explanation.contains(" with scale_rewards = batch, where the standard is own_group") == true)
  }

  /// Under an option that takes the numbers away there is nothing that could be the trainer's.
  @Test func anOptionWithoutSuchNumbersIsNoCause() throws {
    let rows = (0..<4).map { i in
      """
      {"prompt": "p", "group": "g", "tokens": ["a\(i)", "b"], "logp": [-1, -0.\(i + 1)], "old_logp": [-1, -0.\(i + 1)],
       "ref_logp": [-1.2, -0.5], "reward": \(i % 2), "kl": [0.3, 0.\(i + 2)]}
      """
    }
    let found = try finding(inBatchOf: rows, #"{"beta": 0.04}"#)
    #expect(found?.title.contains("kl[0,0]") == true && found?.explanation.contains("beta = 0") == false)
  }

  /// Two numbers that differ are printed with so many digits that they do.
  @Test func theTwoNumbersDiffer() throws {
    var almost = advantages()
    almost[0] *= 1.0003
    let title = try #require(try finding(almost)?.title)
    let numbers = title.matches(of: /-?\d\.\d+/).map { String($0.output) }
    #expect(numbers.count == 2 && numbers[0] != numbers[1], "\(title)")
  }
}
