import Autodiff
import Documents

extension BuiltInTask {
  /// How hard the sums are, and how weak the start is.
  public struct AdditionOptions: Sendable {
    public var minimum = 10
    public var maximum = 99
    /// Write the result’s last digit first: each digit then needs only what is already written, as on paper.
    public var reversed = true
    /// The share of wrong demonstrations, whose clerk forgets every carry.
    public var corrupted = 0.5
    public var demonstrations = 4_000
    public var prompts = 2_000
    public var heldOut = 200

    public init() {}
  }

  /// GRPO: addition with carries, from demonstrations that are wrong as often as `corrupted` says.
  ///
  /// The prompt is `37+85=` and the completion `221`: the digits of 122, **last digit first** (unless `reversed` is false).
  /// A model that imitates the demonstrations is right in a share 1 − `corrupted` of its attempts; the reward,
  /// `exact_match` with the column `answer`, tells it which. No sum that is held out is trained on, in either order.
  /// The bounds are at least 0 and at least one apart; counts are limited by the number of different sums.
  public static func addition(seed: UInt64, options: AdditionOptions = AdditionOptions()) -> BuiltInTask {
    let sums = AdditionSums(options)
    let (training, heldOut) = sums.parts(seed: seed)
    return BuiltInTask(
      name: "addition",
      sentence: "GRPO turns a clerk who forgets half of the carries into one who adds (last digit first: 37+85=221)",
      vocabulary: .characters("0123456789+=".map(String.init)),
      training: sums.material(
        training, demonstrations: options.demonstrations, corrupted: options.corrupted, seed: seed, part: 0),
      heldOut: sums.material(heldOut, demonstrations: options.heldOut, corrupted: 0, seed: seed, part: 1),
      judge: ExactMatch())
  }
}

/// The sums of one range of numbers.
private struct AdditionSums {
  typealias Operands = (a: Int, b: Int)
  let options: BuiltInTask.AdditionOptions
  let range: ClosedRange<Int>

  init(_ options: BuiltInTask.AdditionOptions) {
    self.options = options
    let minimum = min(max(options.minimum, 0), 99_998)
    range = minimum...min(max(options.maximum, minimum + 1), 99_999)
  }

  /// Different sums for training and for evaluation; `a+b` and `b+a` count as the same.
  func parts(seed: UInt64) -> (training: [Operands], heldOut: [Operands]) {
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.prompts)
    let wanted = max(options.heldOut, 1) + max(options.prompts, 1)
    let different = range.count > 4_000 ? Int.max : range.count * (range.count + 1) / 2
    // If the range is too small for both, training gets half of it.
    let heldOutCount = min(max(options.heldOut, 1), different / 2)
    var seen: Set<[Int]> = []
    var sums: [Operands] = []
    while sums.count < min(wanted, different) {
      let sum = Operands(range.lowerBound + random.below(range.count), range.lowerBound + random.below(range.count))
      if seen.insert([min(sum.a, sum.b), max(sum.a, sum.b)]).inserted { sums.append(sum) }
    }
    return (Array(sums.dropFirst(heldOutCount)), Array(sums.prefix(heldOutCount)))
  }

  func material(
    _ sums: [Operands], demonstrations count: Int, corrupted: Double, seed: UInt64, part: UInt32
  ) -> BuiltInTask.Material {
    var random = RandomStream(seed: seed, purpose: TrainingPurpose.demonstrations, part)
    let demonstrations = (0..<max(count, 0)).map { _ in
      let sum = random.pick(sums)
      let result = random.chance(corrupted) ? wrong(sum, random: &random) : sum.a + sum.b
      return example(sum, completion: text(result))
    }
    return BuiltInTask.Material(
      demonstrations: .builtIn("addition", .completions, demonstrations), pairs: .builtIn("addition", .pairs),
      prompts: .builtIn("addition", .prompts, sums.map { example($0, completion: nil) }))
  }

  /// The result of a clerk who forgets the carries; if there are none, one digit is off by one.
  private func wrong(_ sum: Operands, random: inout RandomStream) -> Int {
    var (result, place, a, b) = (0, 1, sum.a, sum.b)
    while a > 0 || b > 0 {
      result += (a % 10 + b % 10) % 10 * place
      (place, a, b) = (place * 10, a / 10, b / 10)
    }
    if result != sum.a + sum.b { return result }
    return random.chance(0.5) || result < 10 ? result + 1 : result + 10
  }

  private func example(_ sum: Operands, completion: String?) -> Example {
    let answer = Document(.string(text(sum.a + sum.b)), line: 1, column: 1)
    return Example(
      prompt: "\(sum.a)+\(sum.b)=", completion: completion,
      columns: [Document.Member(key: "answer", keyLine: 1, keyColumn: 1, value: answer)], source: "", line: 0)
  }

  private func text(_ number: Int) -> String { options.reversed ? String("\(number)".reversed()) : "\(number)" }
}
