/// How a word becomes tokens.
enum TokenModel: Sendable {
  case bytePairs(BytePairEncoding)
  case unigram(Unigram)
  case wordPiece(WordPiece)

  func tokens(of word: String) -> [Int32] {
    switch self {
    case .bytePairs(let model): model.tokens(of: word)
    case .unigram(let model): model.tokens(of: word)
    case .wordPiece(let model): model.tokens(of: word)
    }
  }
}
