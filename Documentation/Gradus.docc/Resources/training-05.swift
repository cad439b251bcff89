import Autodiff
import Debugging
import Objectives
import Simulation

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

/// The answers as the policy sees them now, on a tape that leads from its logits to the loss.
struct Pass {
  let logits: [[Scalar]]
  let logp: [[Scalar]]
  let loss: Scalar

  init(_ values: [[Double]], _ answers: [Answer]) {
    let tape = Tape()
    let logits = values.map { place in place.map { tape.leaf($0) } }
    let tokens = logits.map(logProbabilities)
    let logp = answers.map { answer in answer.ids.enumerated().map { tokens[$0][$1] } }

    let observer = Unobserved(tape: tape)
    let settings = Settings()
    let responses = answers.enumerated().map { i, answer in
      GroupResponse(
        index: i, group: 0, oldLogp: answer.logp.map { tape.constant($0) }, refLogp: nil,
        reward: tape.constant(answer.reward))
    }
    let advantages = groupAdvantages(responses, groups: [GroupContext()], settings: settings, observer: observer)
    let predictions = responses.indices.map {
      GroupPrediction(response: responses[$0], advantage: advantages[$0], logp: logp[$0], entropies: nil)
    }
    self.logits = logits
    self.logp = logp
    loss = groupPolicyLoss(predictions, settings: settings, observer: observer).loss
  }
}

/// What the debugger needs of a pass.
func batch(_ title: String, _ pass: Pass, _ answers: [Answer]) -> Batch {
  let sequences = answers.indices.map { i in
    Batch.GroupBatch.Sequence(
      prompt: "2+2=", tokens: answers[i].ids.map { words[$0] }, group: 0, reward: answers[i].reward,
      logp: pass.logp[i].map(\.value), oldLogp: answers[i].logp)
  }
  let groups = Batch.GroupBatch(sequences: sequences, groups: [.init(name: "2+2=")])
  return Batch(title: title, settings: Settings(), contents: .groups(groups))
}

let words = ["2", "4", "7", "<eos>"]
var logits = [[0.0, 0, 0, 0], [0.0, 0, 0, 0]]
var random = RandomStream(seed: 6, purpose: 0)

var recorded: (batch: Batch, loss: Double)?
for step in 1...20 {
  let answers = (0..<8).map { _ in sample(logits, &random) }
  for epoch in 0..<4 {
    let pass = Pass(logits, answers)
    let gradient = pass.loss.tape.gradient(of: pass.loss)
    for place in logits.indices {
      for id in logits[place].indices { logits[place][id] -= 2 * gradient[pass.logits[place][id]] }
    }
    if step == 5, epoch == 3 { recorded = (batch("step 5", pass, answers), pass.loss.value) }
  }
}

if let (batch, loss) = recorded {
  var session = Session(source: .batch(batch, name: "step-5"))
  _ = session.run("goto loss")
  print("the loss here", loss, "and there", try session.number("loss"))
}
