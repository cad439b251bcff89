import ArgumentParser
import Documents
import Training

/// `gradus evaluate`: a model's numbers on a file.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on data: texts, pairs, or prompts with rewards.",
    usage: """
      gradus evaluate --model DIR --dataset FILE [--reference DIR]
                      [--num N] [--set option=value …] [--json]
      gradus evaluate --model DIR --dataset FILE --reward SPEC …
                      [--against DIR] [--num N] [--set option=value …] [--json]
      """,
    discussion: """
      Texts and conversations give loss, perplexity and the share of tokens that are the likeliest; pairs (chosen, \
      rejected) give DPO's rewards, measured against --reference if there is one, and how often the chosen response has \
      the higher one; a reward model's scores are compared likewise. With --reward prompts are answered and the answers \
      rewarded; --against says how often another model's answers earn less. Each prompt is answered \
      greedily; with --set num_generations=8, eight answers to each are sampled.
      Example:  gradus evaluate --model runs/sft/model --dataset chats.jsonl
      Example:  gradus evaluate --model runs/dpo/model --reference base --dataset pairs.jsonl
      Example:  gradus evaluate --model runs/grpo/model --against base --dataset prompts.jsonl --reward exact_match
      """)

  @Option(help: ArgumentHelp("The model's folder, or its GGUF file.", valueName: "DIR"), completion: .directory)
  var model: String

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Data as for training, a file or a folder; can be repeated.", valueName: "FILE"),
    completion: .datasets)
  var dataset: [String]

  @Option(
    help: ArgumentHelp("For pairs: the model that rewards are measured against.", valueName: "DIR"),
    completion: .directory)
  var reference: String?

  @Option(
    name: .customLong("reward"), parsing: .singleValue,
    help: ArgumentHelp(
      "For prompts: a reward, as reward_funcs of train grpo has it; can be repeated.", valueName: "SPEC"))
  var rewards: [String] = []

  @Option(
    help: ArgumentHelp("For prompts: the model whose answers are compared.", valueName: "DIR"), completion: .directory)
  var against: String?

  @Option(help: ArgumentHelp("Look at the first N examples alone.", valueName: "N"))
  var num: Int?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "An option of train sft, dpo, reward or grpo, by what the data are: max_length, beta, temperature …",
      valueName: "option=value"),
    completion: .trainingOptions)
  var assignments: [String] = []

  @Flag(help: "Print one JSON object: the metrics, and the standard errors of those that have one.")
  var json = false

  func run() throws {
    if let num, num < 1 { throw CommandError(.usage, "--num: must be at least 1; it is \(num)") }
    guard !dataset.isEmpty else { throw CommandError(.usage, "--dataset: say on which data to measure the model") }
    var request = EvaluationRequest(model: model, dataset: dataset)
    (request.reference, request.opponent) = (reference, against)
    (request.rewards, request.most, request.assignments) = (rewards, num, assignments)
    let evaluation: Evaluation
    do throws(TrainingError) {
      evaluation = try request.evaluate(progress: Activity.tell, say: Output.complain)
    } catch {
      throw CommandError(error)
    }
    try Output.write(json ? evaluation.json + "\n" : evaluation.text.onTerminal)
  }
}
