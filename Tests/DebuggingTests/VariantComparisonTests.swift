import Debugging
import Documents
import Recording
import Reporting
import Simulation
import SmallBatches
import Testing

@Suite struct VariantComparisonTests {
  private static let answers: [(group: Int, reward: Double, logRatios: [Double])] = [
    (0, 1, [0.1, 0.05, 0.3]), (0, 0, [-0.1]), (0, 0, [0.2, -0.3]),
  ]

  private func comparison(_ values: [String]) throws -> VariantComparison {
    VariantComparison(
      of: "loss_type",
      try values.map { value in
        let source = try SmallBatch.groups(Self.answers, options: [("loss_type", value)])
        return .init(value, source.record())
      })
  }

  @Test func aColumnForEachVariant() throws {
    let text = try comparison(["grpo", "dr_grpo", "dapo"]).text().plain
    let lines = text.split(separator: "\n").map { String($0) }
    #expect(lines[0].split(separator: " ") == ["loss_type", "grpo", "dr_grpo", "dapo"])
    #expect(lines.contains { $0.hasPrefix("◆ loss ") })
    #expect(lines.contains { $0.hasPrefix("◆ grad(logp[") })
    #expect(lines.contains { $0.hasPrefix("  metric(reward) ") })
    #expect(lines.contains { $0.contains("on the same samples") })
  }

  @Test func theNumbersAreThoseOfTheRecordings() throws {
    let comparison = try comparison(["grpo", "cispo"])
    let document = try JSONReader.read(comparison.json).object("the comparison")
    let summary = try document.required("summary").list()
    var found = false
    for row in summary {
      let fields = try row.object("a row")
      guard try fields.required("term").string("term") == "loss" else { continue }
      found = true
      let values = try fields.required("values").list()
      for (value, variant) in zip(values, comparison.variants) {
        let trace = variant.trace
        let expression = try Expression(parsing: "loss", glossary: trace.glossary)
        guard case .number(let loss) = try expression.evaluate(in: trace, at: trace.beats.count - 1) else { continue }
        #expect(try value.number("a value") == loss)
      }
    }
    #expect(found)
    // cispo has terms that grpo does not have, and the other way round.
    #expect(comparison.text(limit: 50).plain.contains("–"))
  }

  @Test func tooManyColumnsContinueBelow() throws {
    let names = ["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo"]
    let text = try comparison(names).text(limit: 40).plain
    #expect(text.split(separator: "\n").allSatisfy { NumberText.width(String($0)) <= 80 })
    #expect(text.split(separator: "\n").count { $0.hasPrefix("  loss_type") } > 1)
  }

  @Test func theMarkdownHasATableForEachSection() throws {
    let markdown = try comparison(["grpo", "dapo"]).markdown(title: "batch: loss_type")
    #expect(markdown.hasPrefix("# batch: loss_type\n\n## The first update"))
    #expect(markdown.contains("| loss_type | grpo | dapo |\n| --- | --: | --: |\n"))
    #expect(markdown.contains("| `policy_loss` |"))
  }

  @Test func theSameTwiceDiffersInNothing() throws {
    #expect(try comparison(["dapo", "dapo"]).text().plain.contains("Nothing differs"))
  }

  @Test func otherSamplesAreNotCalledTheSame() throws {
    let traces = try ["1", "2"].map { seed in
      var source = Source.scenario(.builtIn[0])
      try source.set("seed", to: seed)
      return VariantComparison.Variant(seed, source.record())
    }
    #expect(!VariantComparison(of: "seed", traces).hasSameSamplesForTests)
  }
}

extension VariantComparison {
  fileprivate var hasSameSamplesForTests: Bool { text().plain.contains("on the same samples") }
}
