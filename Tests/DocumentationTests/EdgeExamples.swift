import Distribution
import Documents
import Formats
import Graphviz
import JupyterKernel
import Notebooks
import Testing
import Training
import Transformers
import WebPage

/// The examples of the other modules' articles; `ArticleTests` checks that they are the same.
@Suite struct EdgeExamples {
  @Test func graphviz() throws {
    let svg = try DiagramRenderer.render(dot: "digraph { logp -> ratio -> loss }", as: .svg)
    #expect(shown(String(decoding: svg.prefix(4), as: UTF8.self)) == "<svg")
  }

  @Test func formats() throws {
    let seed = try YAMLReader.read("algorithm: ppo\nseed: seven\n").object().required("seed")
    #expect(shown(seed.line, seed.column) == "2 7")
    #expect(shown(seed.error("seed must be a whole number")) == "2:7: seed must be a whole number")

    let tokenizer = try Tokenizer.characters(in: "abc")
    #expect(shown(tokenizer.encode("cab")) == "[6, 4, 5]")
    #expect(shown(tokenizer.decode(tokenizer.encode("cab"))) == "cab")

    #expect(shown(SHA256.hexadecimal(Array("abc".utf8)).prefix(8)) == "ba7816bf")
  }

  @Test func notebooks() throws {
    let notebook = try Notebook("# Clips\n\n```gradus\ngoto 339\n```\n")

    #expect(shown(notebook.title ?? "") == "Clips")
    #expect(shown(notebook.cells.map { $0.commands }) == #"[["goto 339"]]"#)
  }

  @Test func jupyterKernel() {
    let signer = Signer(key: Array("Jefe".utf8))
    let signature = signer.signature(of: [Array("what do ya want ".utf8), Array("for nothing?".utf8)])

    #expect(shown(signature.prefix(8)) == "5bdcc146")
    #expect(shown(signer.accepts(Array(signature.utf8), of: [Array("what do ya want for nothing!".utf8)])) == "false")
  }

  @Test func webPage() throws {
    var configuration = PageConfiguration(name: "ppo", title: "PPO <as RLHF uses it>")
    configuration.settings = [("cliprange", "0.1")]
    let html = String(decoding: try PlayerPage(configuration).html().bytes, as: UTF8.self)

    #expect(shown(html.hasPrefix("<!DOCTYPE html>")) == "true")
    #expect(shown(html.contains("<title>ppo · PPO &lt;as RLHF uses it&gt; · Gradus</title>")) == "true")
  }

  @Test func distribution() throws {
    let ranks = try Launch.ranks()
    let workers = Workers(ranks.processors, ranks: ranks)

    #expect(shown(workers.ranks.count) == "1")
    #expect(shown(Launch.isFirst) == "true")
  }

  @Test func transformers() {
    let shape = ModelConfiguration(vocabularySize: 8, hiddenSize: 16, intermediateSize: 32, layerCount: 1, headCount: 2)
    let weights = Parameters(count: ParameterLayout(shape).count)
    let model = Transformer(shape, parameters: weights)
    let pass = model.forward(.scoring([[1, 2, 3]], from: [1]))

    #expect(shown(pass.logps.map { ($0 * 100).rounded() / 100 }) == "[-2.08, -2.08]")
  }

  @Test func training() throws {
    let reward = try RewardSum([Length(target: 3, unit: .words)])
    let example = Example(prompt: "the film was", source: "reviews.jsonl", line: 1)
    let completions = ["great and long", "great"].map { ScoredCompletion($0, of: example) }
    #expect(try shown(reward.scores(completions).totals) == "[1.0, 0.33333333333333337]")

    var run = RunConfiguration(.grpo)
    try run.apply(["max_steps=20", "reward_funcs=length:target=3,unit=words"])
    #expect(shown(run.settings.integer(.maxSteps)) == "20")
  }
}
