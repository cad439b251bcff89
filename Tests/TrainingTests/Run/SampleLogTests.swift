import Testing

@testable import Training

@Suite struct SampleLogTests {
  @Test func textsComeBackAndLaterOnesAreCutOff() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/samples.jsonl"
    let samples = [
      Sample(step: 1, prompt: "a\n\"", completion: "é\u{1}", reward: -0.5), Sample(step: 1, prompt: "", completion: ""),
      Sample(step: 2, prompt: "b", completion: "c", reward: 1),
    ]
    let log = try SampleLog(path: path, after: 0)
    for sample in samples { try log.append(sample) }
    #expect(try SampleLog.read(path) == samples)
    _ = try SampleLog(path: path, after: 1)
    #expect(try SampleLog.read(path) == Array(samples.prefix(2)))
  }

  @Test func whatIsWrongIsLocated() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "{\"step\":1,\"prompt\":\"a\",\"completion\":\"\"}\n{\"step\":2,\"prompt\":3}\n{\"step\":3}\n", "s.jsonl")
    let error = #expect(throws: TrainingError.self) { try SampleLog.read(folder.path + "/s.jsonl") }
    #expect(error?.message == "\(folder.path)/s.jsonl:2:20: prompt must be a string, found the number 3")
  }

  @Test func markdownHasATablePerStep() {
    let text = SampleLog.markdown([
      Sample(step: 1, prompt: "a|b", completion: "c\nd", reward: 0.5), Sample(step: 9, prompt: "a", completion: "<e>"),
    ])
    #expect(
      text == """
        # Samples

        ## Step 1

        | prompt | completion | reward |
        | --- | --- | ---: |
        | a\\|b | c⏎d | 0.5000 |

        ## Step 9

        | prompt | completion | reward |
        | --- | --- | ---: |
        | a | &lt;e&gt; |  |

        """)
  }
}
