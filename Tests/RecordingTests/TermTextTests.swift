import Recording
import Testing

@Suite struct TermTextTests {
  static let words = ["was", "great", "a,b", "say \"hi\"", "*", "3", "", "<eos>", "back\\slash"]
  let glossary = Glossary(entries: [
    Glossary.Entry(name: "ratio", latex: "r", labels: [nil, nil], meaning: ""),
    Glossary.Entry(name: "policy.logit", latex: "θ", labels: [words, words], meaning: ""),
    Glossary.Entry(name: "loss", latex: "L", labels: [], meaning: ""),
    Glossary.Entry(name: "metric", latex: "m", labels: [["objective/kl", "val/ratio"]], meaning: ""),
  ])

  @Test func whatIsPrintedReadsBack() throws {
    for i in Self.words.indices {
      for j in Self.words.indices {
        let key = TermKey(name: 1, i: i, j: j)
        #expect(try glossary.key(parsing: glossary.text(key)) == key, "\(glossary.text(key))")
      }
    }
    for key in [TermKey(name: 0, i: 10, j: 2), TermKey(name: 2), TermKey(name: 3, i: 1)] {
      #expect(try glossary.key(parsing: " " + glossary.text(key) + " ") == key)
    }
  }

  @Test func wildcardsLeaveIndicesOpen() throws {
    #expect(try glossary.pattern(parsing: "ratio[ 0 , * ]") == TermPattern(name: 0, indices: [0, nil]))
    #expect(try glossary.pattern(parsing: "ratio").indices == [nil, nil])
    #expect(try glossary.pattern(parsing: "policy.logit[was,\"*\"]").key == TermKey(name: 1, i: 0, j: 4))
    let pattern = try glossary.pattern(parsing: "policy.logit[*,great]")
    #expect(pattern.matches(TermKey(name: 1, i: 5, j: 1)))
    #expect(!pattern.matches(TermKey(name: 1, i: 1, j: 5)))
  }

  @Test func anExpressionGoesOnAfterATerm() throws {
    var text = Substring("ratio[0,1]-loss")
    #expect(try glossary.pattern(readingFrom: &text).key == TermKey(name: 0, i: 0, j: 1))
    #expect(text == "-loss")
  }

  @Test(arguments: [
    ("", "expected a term, such as ratio[0,0]"),
    ("rato[0,1]", "there is no term rato; did you mean ratio?"),
    ("policy.logit[was,graet]", "graet is not an index of policy.logit; did you mean great?"),
    ("ratio[0]", "ratio has 2 indices, not 1: ratio[0,0]"),
    ("loss[0]", "loss has no index, not 1: loss"),
    ("ratio[0,-1]", "-1 is not an index of ratio: a number from 0, or *"),
    ("ratio[0,1", "] is missing after the indices of ratio"),
    ("ratio[0,]", "an index is missing in ratio[…"),
    ("policy.logit[\"was,great]", "an index is missing in policy.logit[…"),
    ("loss loss", "unexpected loss after a term"),
    ("ratio[0,*]", "ratio[0,*] stands for several terms; name one, as in ratio[0,0]"),
    ("metric(objective/k)", "objective/k is not an index of metric; did you mean objective/kl?"),
  ])
  func errorsSayWhatToType(text: String, message: String) {
    #expect(throws: TermTextError(message: message)) { try glossary.key(parsing: text) }
  }
}
