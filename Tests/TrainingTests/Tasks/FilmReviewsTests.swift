import Foundation
import Testing

@testable import Training

@Suite struct FilmReviewsTests {
  // Drawn once for all tests.
  private static let drawn = BuiltInTask.filmReviews(seed: 7)
  private var task: BuiltInTask { Self.drawn }

  @Test(arguments: [
    "the film was great .", "the film was very great and lovely but the music seemed quite dull .",
    "the acting seemed awful and the film was very fine .", "the film was great and fine and the cast was great .",
  ])
  func reviewsAreRecognised(text: String) { #expect(FilmGrammar.wellFormed(text)) }

  @Test(arguments: [
    "", "the film was great", "the film was great . .", "film was great .", "the film was very very great .",
    "the film was great great .", "the film was great and great .", "the film was very .", "the the film was great .",
    "the film was very great and the cast was very fine .", "the film was fine but the film was dull .",
    "the film was fine but dull .", "the film was great and", "the film was splendid .",
    "very very very great great great", "the film was great and fine and dull .",
  ])
  func everythingElseIsNot(text: String) { #expect(!FilmGrammar.wellFormed(text)) }

  @Test func everyTextOfTheTaskIsAReview() {
    for material in [task.training, task.heldOut] {
      #expect(
        material.demonstrations.examples.allSatisfy { FilmGrammar.wellFormed($0.prompt + ($0.completion ?? "")) })
      #expect(material.pairs.examples.allSatisfy { FilmGrammar.wellFormed($0.prompt + ($0.chosen ?? "")) })
      #expect(material.pairs.examples.allSatisfy { FilmGrammar.wellFormed($0.prompt + ($0.rejected ?? "")) })
    }
  }

  @Test func completionsAreShort() {
    let lengths = task.training.demonstrations.examples.map { FilmGrammar.words($0.completion ?? "").count }
    #expect(lengths.min() == 2)
    #expect(lengths.max() == 12)
  }

  @Test func peopleLikeGoodWordsAndRefuseRepetition() {
    let gold = FilmGrammar.gold
    #expect(gold("the film was great .") == 1)
    #expect(gold("the film was very great .") == 1.5)
    #expect(gold("the film was awful .") == -1)
    #expect(gold("the film was great but the music was dull .") == 1 - 0.8)
    #expect(gold("the film was great") == -2)
    #expect(gold("the film was very very great great .") == -3)
    #expect(gold("the film very very very very very very very") == -4)
  }

  @Test func theJudgeReadsPromptAndCompletion() throws {
    let example = Example(prompt: "the film", source: "", line: 1)
    #expect(try task.judge.scores([ScoredCompletion(" was superb .", of: example)]) == [1])
  }

  @Test func labelsAreWrongAsOftenAsSaidAndOnlyInTraining() {
    func wrong(_ dataset: Dataset) -> Double {
      let count = dataset.examples.count {
        FilmGrammar.gold($0.prompt + ($0.chosen ?? "")) < FilmGrammar.gold($0.prompt + ($0.rejected ?? ""))
      }
      return Double(count) / Double(dataset.examples.count)
    }
    #expect(abs(wrong(task.training.pairs) - 0.05) < 0.02)
    #expect(wrong(task.heldOut.pairs) == 0)
    let preferences = BuiltInTask.preferences(seed: 7)
    #expect(abs(wrong(preferences.training.pairs) - 0.1) < 0.025)
    #expect(wrong(preferences.heldOut.pairs) == 0)
  }

  @Test func demonstrationsSpeakWellAndIllAlike() {
    let mean =
      task.training.demonstrations.examples.reduce(0) { $0 + FilmGrammar.gold($1.prompt + ($1.completion ?? "")) }
      / 2_000
    #expect(abs(mean) < 0.5)
  }

  @Test func promptsAreManyAndEvenlyUsed() {
    let counts = Dictionary(grouping: task.training.demonstrations.examples, by: \.prompt).mapValues(\.count)
    #expect(counts.count == 24)
    #expect(counts.values.allSatisfy { (50...120).contains($0) })
  }

  /// The point of the task: what learns from honest pairs that good words are good likes them heaped up best of all.
  @Test func aRewardOfWordsIsRightAboutReviewsAndHackedByRepetition() {
    let model = WordReward(learnedFrom: task.training.pairs)
    #expect(model.accuracy(on: task.heldOut.pairs) > 0.95)
    let best = "the film was very great and superb and the cast was great ."
    let hack = "the film was very very very very great great great superb superb superb ."
    #expect(model.score(hack) > model.score(best))
    #expect(FilmGrammar.gold(hack) < FilmGrammar.gold(best) - 5)
  }

  @Test func preferencesCanBeLearnedDespiteWrongLabels() {
    let preferences = BuiltInTask.preferences(seed: 9)
    #expect(WordReward(learnedFrom: preferences.training.pairs).accuracy(on: preferences.heldOut.pairs) > 0.93)
  }
}

/// A reward model that only counts words, learned by Bradley and Terry’s logistic regression.
private struct WordReward {
  private var weights = [Double](repeating: 0, count: FilmGrammar.vocabulary.count)

  init(learnedFrom pairs: Dataset) {
    let differences = pairs.examples.map { example in
      zip(Self.counts(example.chosen), Self.counts(example.rejected)).map { $0 - $1 }
    }
    for _ in 0..<6 {
      for difference in differences {
        let margin = zip(weights, difference).reduce(0) { $0 + $1.0 * $1.1 }
        let step = 0.05 / (1 + exp(margin))
        for i in weights.indices where difference[i] != 0 { weights[i] += step * difference[i] }
      }
    }
  }

  func score(_ text: String?) -> Double { zip(weights, Self.counts(text)).reduce(0) { $0 + $1.0 * $1.1 } }

  func accuracy(on pairs: Dataset) -> Double {
    Double(pairs.examples.count { score($0.chosen) > score($0.rejected) }) / Double(pairs.examples.count)
  }

  private static func counts(_ text: String?) -> [Double] {
    var counts = [Double](repeating: 0, count: places.count)
    for word in FilmGrammar.words(text ?? "") { if let place = places[word] { counts[place] += 1 } }
    return counts
  }

  private static let places = Dictionary(
    uniqueKeysWithValues: FilmGrammar.vocabulary.enumerated().map { ($1, $0) })
}
