import Documents
import Foundation
import Objectives
import Reporting
import Simulation
import Training

/// Collects the parts of UNIPO's log, and writes it as JSON.
struct UnipoLog {
  /// An update: its logged metrics and its recorded batch.
  private struct Entry {
    let step: Int
    let metrics: [(name: String, value: Double)]
    let isFirstAfterRollout: Bool
    let recorded: UnipoEntry?
  }

  let prompts: Int
  var task: String?
  var modelName: String?
  private var dataset: String?
  private var rewards: String?
  private var totalSteps: Int?
  private var algorithm: String?
  private var parameters: [(name: String, value: OptionValue)] = []
  private var entries: [Entry] = []

  init(prompts: Int, task: String?, modelName: String?) {
    self.prompts = prompts
    self.task = task
    self.modelName = modelName
  }

  var summary: String {
    let recorded = entries.count { $0.recorded != nil }
    let updates = entries.count == 1 ? "1 update" : "\(entries.count) updates"
    return prompts == 0 ? updates : "\(updates), \(recorded) of them with prompts"
  }

  // MARK: From batches

  /// One recorded update.
  mutating func add(_ path: String) throws {
    let entry = try recorded(path)
    // Batches whose gradients are added up are one update, with the prompts of the first.
    if Self.numbers(path).dropFirst().first ?? 1 > 1 { return }
    if let algorithm, algorithm != entry.algorithm {
      throw CommandError(.badData, "\(path): \(entry.algorithm), and before it came \(algorithm): a log is of one")
    }
    if algorithm == nil { parameters = entry.parameters }
    algorithm = entry.algorithm
    entries.append(
      Entry(
        step: entries.count + 1, metrics: entry.metrics, isFirstAfterRollout: entry.isFirstAfterRollout, recorded: entry
      ))
  }

  private func recorded(_ path: String) throws -> UnipoEntry {
    guard case .batch(let batch, _) = try Source(named: path) else {
      throw CommandError(.badData, "\(path): UNIPO shows what a trainer recorded, and this is a scenario")
    }
    guard let entry = UnipoEntry(batch) else {
      throw CommandError(
        .badData,
        batch.minibatch?.isEmpty == true
          ? "\(path): UNIPO shows updates, and this file has rewards alone"
          : "\(path): UNIPO shows PPO and GRPO, and this is \(batch.algorithm.name)")
    }
    return entry
  }

  // MARK: From a run

  /// All steps of a run, with what `--record` kept of them.
  mutating func add(_ run: RunDirectory) throws {
    let configuration = run.configuration
    let settings = configuration.settings
    let trained = configuration.trainer.algorithm
    guard let name = UnipoEntry.name(of: trained, settings.objective) else {
      throw CommandError(
        .badData, "\(run.path): UNIPO shows PPO and GRPO, and this is a run of \(configuration.trainer.name)")
    }
    let lines: [MetricsLog.Line]
    do throws(TrainingError) {
      lines = try MetricsLog.read("\(run.path)/metrics.jsonl")
    } catch {
      throw CommandError(error)
    }
    var batches: [Int: UnipoEntry] = [:]
    for path in (try? ExportUnipoCommand.files("\(run.path)/batches")) ?? [] {
      guard let step = Self.numbers(path).first, batches[step] == nil else { continue }
      batches[step] = try recorded(path)
    }
    algorithm = name
    parameters = UnipoEntry.parameters(of: trained, settings.objective)
    modelName = modelName ?? configuration[.model] ?? "a model made by gradus"
    dataset = configuration.text(of: .dataset) ?? "built-in task"
    let names = settings.names(.rewardFuncs)
    rewards = names.isEmpty ? "the task's own" : names.joined(separator: " + ")
    totalSteps = lines.last?.step
    let perRound = settings.stepsPerRound
    // A line of an evaluation alone has no update.
    for line in lines where line["loss"] != nil || line["loss/policy_avg"] != nil {
      entries.append(
        Entry(
          step: line.step, metrics: Self.metrics(line), isFirstAfterRollout: (line.step - 1) % perRound == 0,
          recorded: batches[line.step]))
    }
  }

  /// `50` of `step-000050.batch.json`, `50` and `2` of `step-000050-2.batch.json`.
  private static func numbers(_ path: String) -> [Int] {
    URL(filePath: path).lastPathComponent.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
  }

  /// UNIPO's names first, then whatever else was logged under its own.
  private static func metrics(_ line: MetricsLog.Line) -> [(name: String, value: Double)] {
    let policyLoss = line["policy_loss"] ?? line["loss/policy_avg"] ?? line["loss"]
    let named: [(String, Double?)] = [
      ("policy_objective", policyLoss.map { -$0 }), ("reward", line["reward"] ?? line["objective/scores"]),
      ("policy_loss", policyLoss), ("value_loss", line["loss/value_avg"]), ("total_loss", line["loss"]),
      ("entropy", line["entropy"] ?? line["policy/entropy_avg"]), ("kl", line["kl"] ?? line["objective/kl"]),
      ("clip_fraction", line["clip_ratio/region_mean"] ?? line["policy/clipfrac_avg"]),
      ("response_length", line["completions/mean_length"]), ("importance_sampling_ratio", line["val/ratio"]),
    ]
    let ours = named.compactMap { name, value in value.map { (name: name, value: $0) } }
    let others = line.values.filter { metric in !ours.contains { $0.name == metric.name } }
    return (ours + others.map { (name: $0.name, value: $0.value) }).filter { $0.value.isFinite }
  }

  // MARK: The file

  func json() throws -> String {
    guard let algorithm, !entries.isEmpty else {
      throw CommandError(.badData, "there is no step in it yet: nothing to export")
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("header")
    json.beginObject()
    json.member("task", task ?? "not given")
    json.member("dataset", dataset ?? "not given")
    json.member("reward_strategy", rewards ?? "not given")
    json.member("algorithm", algorithm)
    json.member("totalSteps", totalSteps ?? entries.count)
    json.member("model_name", modelName ?? "not given")
    json.member("reference_model_name", modelName ?? "not given")
    json.key("hparams")
    json.beginObject()
    writeParameters(to: &json)
    json.endObject()
    json.endObject()
    json.key("entries")
    json.beginArray()
    var ids: [String: Int] = [:]
    for entry in entries { write(entry, ids: &ids, to: &json) }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }

  private func writeParameters(to json: inout JSONWriter) {
    func number(_ name: String) -> Double? {
      guard case .number(let value)? = parameters.first(where: { $0.name == name })?.value else { return nil }
      return value
    }
    // The explainers clip at one width, or at a lower and a higher one.
    if let low = number("cliprange") ?? number("epsilon") {
      json.key("clip_eps")
      json.numbers([low, number("cliprange_high") ?? number("epsilon_high") ?? low])
    }
    if let lambda = number("lam") { json.member("gae_lambda", number: lambda) }
    if let beta = number("beta") { json.member("kl_coef", number: beta) }
    for (name, value) in parameters {
      json.key(name)
      switch value {
      case .number(let number): json.number(number)
      case .integer(let integer): json.integer(integer)
      case .flag(let flag): json.bool(flag)
      case .choice(let name): json.string(name)
      case .none: json.null()
      }
    }
  }

  private func write(_ entry: Entry, ids: inout [String: Int], to json: inout JSONWriter) {
    json.beginObject()
    json.member("step", entry.step)
    json.member("is_first_step_after_rollout_phase", entry.isFirstAfterRollout)
    json.key("metrics")
    json.beginObject()
    for metric in entry.metrics { json.member(metric.name, number: metric.value) }
    json.endObject()
    if let recorded = entry.recorded { recorded.writePrompts(prompts, step: entry.step, ids: &ids, to: &json) }
    json.endObject()
  }
}
