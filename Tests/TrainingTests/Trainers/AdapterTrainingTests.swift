import Documents
import Formats
import Foundation
import Testing
import Transformers

@testable import Training

/// Runs with `use_peft`: what is trained, written, read again and gone on with.
@Suite struct AdapterTrainingTests {
  private static let assignments = ["use_peft=true", "lora_r=4", "lora_alpha=8", "learning_rate=0.01", "max_steps=4"]

  @Test(arguments: Trainer.all)
  func everyTrainerMovesAdaptersAlone(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    let configuration = try run.configuration(Self.assignments)
    let path = "\(run.folder.path)/run"
    #expect(try TrainingSession.train(configuration, in: path, resuming: false))
    #expect(AdapterDirectory.exists(at: "\(path)/model"))
    #expect(!FileManager.default.fileExists(atPath: "\(path)/model/model.safetensors"))
    let (base, model) = (try LanguageModel.read(run.model, for: .frozen), try LanguageModel.read("\(path)/model"))
    let adapted = try LanguageModel.read("\(path)/model", for: .frozen)
    #expect(adapted.model.lowRank?.rank == 4 && adapted.model.lowRank?.targets.count == 7)
    #expect(!model.model.isFrozen)
    let scores = [base, model, adapted].map { $0.model.forward(Self.batch($0.model)).logps }
    #expect(scores[0] != scores[1])
    #expect(zip(scores[1], scores[2]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  private static func batch(_ model: Transformer) -> TokenBatch {
    model.configuration.head == .scalar
      ? TokenBatch([[1, 2, 3, 4, 5]], reading: [4..<5]) : .scoring([[1, 2, 3, 4, 5]], from: [1])
  }

  /// Gone on with after two steps, a run ends with the very adapters of one that was not interrupted.
  @Test(arguments: [Trainer.sft, .dpo, .grpo, .ppo], [0, 0.3])
  func aResumedRunEndsWithTheSameBits(trainer: Trainer, dropout: Double) throws {
    let assignments = Self.assignments + ["lora_dropout=\(dropout)"]
    let run = try SmallRun(trainer)
    let (whole, cut) = ("\(run.folder.path)/whole", "\(run.folder.path)/cut")
    #expect(
      try TrainingSession.train(run.configuration(assignments + ["save_steps=2"]), in: whole, resuming: false))
    try FileManager.default.copyItem(atPath: whole, toPath: cut)
    for name in ["checkpoint-000004", "model"] { try FileManager.default.removeItem(atPath: "\(cut)/\(name)") }
    #expect(try TrainingSession.train(run.configuration(assignments), in: cut, resuming: true))
    let name = "model/adapter_model.safetensors"
    #expect(try readFile("\(whole)/\(name)") == readFile("\(cut)/\(name)"))
    #expect(try AdapterDirectory("\(cut)/model").shape.dropout == dropout)
  }

  /// Two more steps from a run's adapters move those, and begin where they ended.
  @Test func adaptersAreTrainedOn() throws {
    let run = try SmallRun(.sft)
    let (first, second) = ("\(run.folder.path)/first", "\(run.folder.path)/second")
    #expect(try TrainingSession.train(run.configuration(Self.assignments), in: first, resuming: false))
    var configuration = try run.configuration(["use_peft=true", "max_steps=1", "learning_rate=0"])
    configuration[.model] = "\(first)/model"
    #expect(try TrainingSession.train(configuration, in: second, resuming: false))
    let name = "model/adapter_model.safetensors"
    #expect(try readFile("\(first)/\(name)") == readFile("\(second)/\(name)"))
  }

  @Test func aLookAtAdaptersShowsTheirBase() throws {
    let folder = try TemporaryFolder()
    let shape = LowRank(rank: 2, alpha: 4, targets: ["q_proj"])
    try LanguageModel.read(modelPath("llama-tiny"), for: .adapters(shape, seed: 1)).write(to: folder.path)
    #expect(try ModelFinder.models(folder.path) == [folder.path])
    let (look, base) = (ModelLook(folder.path), ModelLook(modelPath("llama-tiny")))
    #expect(look.isSupported && look.adapters?.rank == 2 && look.parameters == base.parameters)
    #expect(look.text.plain.contains("of rank 2, on \(modelPath("llama-tiny")): q_proj"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/adapter_model.safetensors")
    #expect(throws: TrainingError.self) { try LanguageModel.read(folder.path) }
  }

  @Test func whatCannotBeIsSaid() throws {
    let run = try SmallRun(.sft)
    #expect(throws: TrainingError.self) {
      try TrainingSession.train(
        run.configuration(["use_peft=true", "lora_target_modules=query"]), in: "\(run.folder.path)/a", resuming: false)
    }
    var configuration = try run.configuration(["use_peft=true"])
    configuration[.model] = nil
    #expect(throws: TrainingError.self) {
      try TrainingSession.train(configuration, in: "\(run.folder.path)/b", resuming: false)
    }
  }

  /// Hostile or unsupported settings of adapters, each refused with its place.
  @Test(arguments: [
    (#""peft_type": "IA3""#, "peft_type"), (#""use_dora": true"#, "use_dora"), (#""r": 0"#, "r must be at least 1"),
    (#""bias": "all""#, "bias"), (#""rank_pattern": {"q_proj": 3}"#, "rank_pattern"),
    (#""target_modules": "q.*""#, "pattern"), (#""target_modules": ["model.layers.0.q_proj"]"#, "q_proj"),
    (#""target_modules": ["query"]"#, "query"), (#""base_model_name_or_path": "owner/name""#, "owner/name"),
    (#""modules_to_save": ["lm_head"]"#, "as a whole"), (#""r": 5"#, "shape"), (#""lora_dropout": 1"#, "lora_dropout"),
  ])
  func adaptersThatCannotBeReadSayWhy(change: String, complaint: String) throws {
    let folder = try TemporaryFolder()
    let base = try LanguageModel.read(
      modelPath("llama-tiny"),
      for: .adapters(
        LowRank(rank: 2, alpha: 4, targets: ["q_proj"]), seed: 1))
    try base.write(to: folder.path)
    #expect(try LanguageModel.read(folder.path).model.parameters.count > 0)
    let file = "\(folder.path)/adapter_config.json"
    var fields = try #require(try JSONSerialization.jsonObject(with: Data(readFile(file))) as? [String: Any])
    let changed = try #require(try JSONSerialization.jsonObject(with: Data("{\(change)}".utf8)) as? [String: Any])
    fields.merge(changed) { $1 }
    try JSONSerialization.data(withJSONObject: fields).write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: TrainingError.self) { try LanguageModel.read(folder.path) }
    #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
  }
}
