import Autodiff

/// The log-probability of each token at a place of the answer.
func logProbabilities(_ logits: [Scalar]) -> [Scalar] {
  let total = logits[0].tape.logSumExp(logits)
  return logits.map { $0 - total }
}

let words = ["2", "4", "7", "<eos>"]
let logits = [[0.0, 0, 0, 0], [0.0, 0, 0, 0]]

let tape = Tape()
for (word, logp) in zip(words, logProbabilities(logits[0].map { tape.leaf($0) })) {
  print(word, logp.value)
}
