/// Strings that would do something if anybody took them for more than text.
enum Hostile {
  static let texts = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "\"quotes\" & 'quotes'", "&amp;&lt;b&gt;",
    "\u{202e}right to left\u{2069}", "__proto__", "constructor", "{{script}}", "${alert(3)}", "<!--", "]]>",
    "javascript:alert(4)",
    "<svg onload=alert(5)>", "\\u003cb\\u003e", "%3Cb%3E", "a\u{301}\u{0323}", "👩‍🔬", "<eos>",
  ]

  /// Tokens of a scenario hold no blanks, and there are at most eight.
  static let vocabulary = [
    "<img/src=x/onerror=alert(1)>", "</script><script>alert(2)</script>", "\"quotes\"", "&amp;", "__proto__",
    "{{script}}",
    "\u{202e}rtl", "<eos>",
  ]

  /// A batch, each of whose strings is hostile.
  static func batch() -> JSON {
    let numbers = JSON.list(texts.indices.map { .number(-1 - Double($0) / 10) })
    let sequences = [1.0, 0.0].map { reward -> JSON in
      [
        "prompt": "<b>prompt</b></script>&amp;", "group": "<i>group</i>", "reward": .number(reward),
        "tokens": .list(texts.map { .string($0) }), "logp": numbers, "old_logp": numbers, "ref_logp": numbers,
      ]
    }
    return [
      "format": "gradus.batch/1", "algorithm": "grpo",
      "title": "<u>title</u></title></script><script>alert(6)</script>",
      "config": ["beta": 0.04], "sequences": .list(sequences),
    ]
  }

  /// A scenario whose words are hostile.
  static func scenario() -> JSON {
    let (a, b, c, d) = (vocabulary[0], vocabulary[1], vocabulary[2], vocabulary[4])
    func pair(_ prompt: String, _ chosen: String, _ rejected: String) -> JSON {
      ["prompt": .string(prompt), "chosen": .string("\(chosen) <eos>"), "rejected": .string("\(rejected) <eos>")]
    }
    return [
      "algorithm": "dpo", "title": "<u>title</u>",
      "world": [
        "vocabulary": .list(vocabulary.map { .string($0) }), "prompts": [.string(a), .string("\(a) \(b)")],
        "demonstrations": [
          ["prompt": .string(a), "response": .string("\(b) <eos>")],
          ["prompt": .string(a), "response": .string("\(c) <eos>")],
          ["prompt": .string("\(a) \(b)"), "response": .string("\(d) <eos>")],
        ],
        "preferences": [
          pair(a, b, c), pair(a, c, d), pair("\(a) \(b)", d, c),
          pair("\(a) \(b)", "\(vocabulary[5]) \(vocabulary[6])", vocabulary[3]),
        ],
      ],
    ]
  }
}
