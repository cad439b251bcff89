import Autodiff

/// The log-probability of each token at a place of the answer.
func logProbabilities(_ logits: [Scalar]) -> [Scalar] {
  let total = logits[0].tape.logSumExp(logits)
  return logits.map { $0 - total }
}

/// Two tokens, and what the policy thought of them when it wrote them.
struct Answer {
  var ids: [Int] = []
  var logp: [Double] = []
  var reward: Double { ids == [1, 3] ? 1 : 0 }
}

func sample(_ logits: [[Double]], _ random: inout RandomStream) -> Answer {
  let tape = Tape()
  var answer = Answer()
  for place in logits {
    let logp = logProbabilities(place.map { tape.leaf($0) })
    var left = random.uniform()
    let id = logp.firstIndex { token in
      left -= exp(token).value
      return left < 0
    }
    answer.ids.append(id ?? 3)
    answer.logp.append(logp[id ?? 3].value)
  }
  return answer
}

let words = ["2", "4", "7", "<eos>"]
let logits = [[0.0, 0, 0, 0], [0.0, 0, 0, 0]]
var random = RandomStream(seed: 6, purpose: 0)

for _ in 0..<8 {
  let answer = sample(logits, &random)
  print(answer.ids.map { words[$0] }, answer.reward)
}
