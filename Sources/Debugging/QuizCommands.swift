import Autodiff
import Objectives
import Recording
import Simulation

/// A question about a recorded number, with its answer.
struct QuizQuestion {
  let text: String
  /// The answers that count as right, or nil where a number is asked for.
  let words: [String]?
  let number: Double
  /// The term that explains the answer.
  let term: Int
  /// Whether `why` explains it better than `explain`.
  let isAboutGradient: Bool
}

extension Session {
  /// Asks about a token of the current minibatch, or of the next one.
  mutating func askQuestion() throws(ExpressionError) -> Reply {
    let tokens = candidateTokens()
    guard !tokens.isEmpty else { throw ExpressionError("there is no minibatch to ask about") }
    var random = RandomStream(seed: UInt64(quizCount), purpose: 3, UInt32(beat))
    quizCount += 1
    let term = tokens[random.below(tokens.count)]
    let question = [clippedRatioQuestion, branchQuestion, gradientQuestion][random.below(3)](term)
    quiz = question
    var text = StyledText()
    text.line(wrap(question.text, indent: 0))
    text.line("`answer …` answers it.", .dim)
    return Reply(text)
  }

  mutating func answerQuestion(_ text: String) throws(ExpressionError) -> Reply {
    guard let question = quiz else { throw ExpressionError("there is no question: `quiz` asks one") }
    guard !text.isEmpty else { throw ExpressionError("give an answer: answer 1.2") }
    let isRight: Bool
    if let words = question.words {
      isRight = words.contains(text)
    } else {
      guard let number = NumberText.parse(text) else { throw ExpressionError("«\(text)» is not a number") }
      isRight = (number - question.number).magnitude <= 0.01 * max(1, question.number.magnitude)
    }
    quiz = nil
    var reply = StyledText()
    let solution = question.words?.first ?? NumberText.short(question.number)
    if isRight {
      reply.line("right: \(solution)", .positive)
    } else {
      reply.line("no: it is \(solution)", .negative)
      let explanation = Explanation(trace: trace, beat: beat)
      reply.add(question.isAboutGradient ? explanation.why(question.term) : explanation.explain(question.term))
    }
    return Reply(reply)
  }

  /// The `clipped_ratio` terms of the current minibatch, or of the first one after.
  private func candidateTokens() -> [Int] {
    let stages = trace.stages.filter { $0.name == Stage.clip.name }
    let stage = stages.last { $0.beats.lowerBound <= beat } ?? stages.first
    guard let stage else { return [] }
    return stage.beats.flatMap { trace.beats[$0].terms }.filter { trace.quantity(of: $0) == .clippedRatio }
  }

  private func clippedRatioQuestion(_ term: Int) -> QuizQuestion {
    let (key, at) = (trace.terms[term].key, trace.terms[term].beat)
    let low = source.settings.number(.cliprange)
    let high = source.settings.optionalNumber(.cliprangeHigh) ?? low
    let ratio = NumberText.short(trace.value(.ratio, key.i, key.j, at: at) ?? .nan)
    return QuizQuestion(
      text: "\(place(key, at)) has ratio \(ratio). The clip range is \(NumberText.short(1 - low)) to "
        + "\(NumberText.short(1 + high)). What is clipped_ratio[\(key.i),\(key.j)]?",
      words: nil, number: trace.value(term), term: term, isAboutGradient: false)
  }

  private func branchQuestion(_ term: Int) -> QuizQuestion {
    let (key, at) = (trace.terms[term].key, trace.terms[term].beat)
    let surrogate = trace.value(.surrogate, key.i, key.j, at: at) ?? .nan
    let clipped = trace.value(.clippedSurrogate, key.i, key.j, at: at) ?? .nan
    let objective = trace.term(TermKey(.objective, key.i, key.j), at: at) ?? term
    let ratio = NumberText.short(trace.value(.ratio, key.i, key.j, at: at) ?? .nan)
    let advantage = NumberText.short(trace.value(.advantage, key.i, key.j, at: at) ?? .nan)
    return QuizQuestion(
      text: "\(place(key, at)) has ratio \(ratio) and advantage \(advantage). Which branch does the minimum take: "
        + "clipped, unclipped, or both, where they are equal?",
      words: [surrogate == clipped ? "both" : clipped < surrogate ? "clipped" : "unclipped"], number: 0,
      term: objective, isAboutGradient: false)
  }

  private func gradientQuestion(_ term: Int) -> QuizQuestion {
    let (key, at) = (trace.terms[term].key, trace.terms[term].beat)
    let logp = trace.term(TermKey(.logp, key.i, key.j), at: at) ?? term
    let gradient = trace.gradient(of: logp, at: at) ?? 0
    let ratio = NumberText.short(trace.value(.ratio, key.i, key.j, at: at) ?? .nan)
    let advantage = NumberText.short(trace.value(.advantage, key.i, key.j, at: at) ?? .nan)
    return QuizQuestion(
      text: "\(place(key, at)) has ratio \(ratio) and advantage \(advantage). Which sign has the derivative of the "
        + "loss by logp[\(key.i),\(key.j)]: positive, negative or zero?",
      words: [gradient > 0 ? "positive" : gradient < 0 ? "negative" : "zero"], number: 0, term: logp,
      isAboutGradient: true)
  }

  private func place(_ key: TermKey, _ beat: Int) -> String {
    let token = trace.tokenText(key.i, key.j, at: beat).map { "Token «\($0.visible)»" } ?? "A token"
    let loops = trace.stage(ofBeat: beat).loops.text
    return "\(token) (sequence \(key.i), token \(key.j), minibatch \(loops))"
  }
}
