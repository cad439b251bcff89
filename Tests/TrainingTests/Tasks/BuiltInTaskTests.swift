import Testing

@testable import Training

@Suite struct BuiltInTaskTests {
  // Drawn once for all tests.
  private static let drawn = BuiltInTask.names.compactMap { try? BuiltInTask.named($0, seed: 1) }

  private func drawn(_ name: String) throws -> BuiltInTask {
    try #require(Self.drawn.first { $0.name == name })
  }

  private func texts(_ task: BuiltInTask) -> [String] {
    [task.training, task.heldOut].flatMap { [$0.demonstrations, $0.pairs, $0.prompts] }.flatMap { $0.examples }.map {
      [$0.prompt, $0.completion ?? "", $0.chosen ?? "", $0.rejected ?? "", $0.group ?? ""].joined(separator: "|")
    }
  }

  @Test(arguments: BuiltInTask.names) func aTaskIsAFunctionOfItsSeed(name: String) throws {
    let first = texts(try drawn(name))
    #expect(try first == texts(.named(name, seed: 1)))
    #expect(try first != texts(.named(name, seed: 2)))
  }

  @Test(arguments: BuiltInTask.names) func theVocabularyHasEveryTokenOnce(name: String) throws {
    let task = try drawn(name)
    let all = texts(task).map { $0.split(separator: "|").dropLast(task.name == "user-groups" ? 1 : 0) }.joined()
    switch task.vocabulary {
    case .words(let words):
      #expect(Set(words).count == words.count)
      #expect(Set(all.flatMap { $0.split(separator: " ").map(String.init) }).subtracting(words).isEmpty)
    case .characters(let characters):
      #expect(Set(characters).count == characters.count)
      #expect(Set(all.flatMap { $0.map(String.init) }).subtracting(characters).isEmpty)
    }
  }

  @Test(arguments: BuiltInTask.names) func examplesAreNumberedAndSayWhereTheyAreFrom(name: String) throws {
    let examples = try drawn(name).training.prompts.examples
    #expect(examples.map(\.line) == Array(1...examples.count))
    #expect(examples.allSatisfy { $0.source == name })
  }

  @Test func everyTrainerHasATask() throws {
    let tasks = try Trainer.all.map { "\($0.name): \(try RunConfiguration($0).task?.name ?? "none")" }
    #expect(
      tasks == [
        "sft: film-reviews", "reward: film-reviews", "ppo: film-reviews", "grpo: addition",
        "remax: film-reviews", "distill: addition", "dpo: preferences", "online-dpo: film-reviews",
        "kto: preferences",
      ])
    var users = RunConfiguration(.grpo)
    try users.apply(["advantage_baseline=ema"])
    #expect(try users.task?.name == "user-groups")
  }

  @Test func unknownNamesAreRefused() {
    #expect(throws: TrainingError(.usage, "there is no built-in task 'aditon'; did you mean 'addition'?")) {
      try BuiltInTask.named("aditon", seed: 1)
    }
    #expect(
      throws: TrainingError(
        .usage,
        "there is no built-in task 'zzz'; the tasks are: film-reviews, addition, user-groups, preferences")
    ) { try BuiltInTask.named("zzz", seed: 1) }
  }
}
