import Documents
import Transformers

extension GPUPlan {
  /// The plan with all digits: bytes and seconds.
  public var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.model(load)
    json.member("gpus", load.gpus)
    json.member("memory", number: load.machine.memory)
    json.key("peaks")
    json.beginArray()
    for memory in memories {
      json.beginObject()
      json.member("zero", memory.stage.rawValue)
      json.member("recompute", memory.recomputation.rawValue)
      json.member("bytes", number: memory.peak)
      json.member("fit", fit(memory).rawValue)
      json.endObject()
    }
    json.endArray()
    json.member("zero", memory.stage.rawValue)
    json.member("recompute", memory.recomputation.rawValue)
    json.member("fit", fit.rawValue)
    json.lines("kept", memory.kept)
    json.lines("training", memory.training)
    json.lines("generating", memory.generating)
    json.member("peak", number: memory.peak)
    json.lines("work", step.work)
    json.lines("traffic", step.traffic)
    json.member("work_time", number: step.workTime)
    json.member("traffic_time", number: step.trafficTime)
    json.member("exposed_time", number: step.exposed)
    json.efficiency(step.efficiency)
    json.endObject()
    return json.text
  }
}

extension RankPlan {
  /// The plan with all digits: bytes and seconds.
  public var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.model(load)
    json.member("ranks", ranks)
    json.member("memory", number: limit)
    if let fits { json.member("fits", fits) }
    json.lines("kept", memory.kept)
    for phase in memory.phases { json.lines(phase.key, phase.lines) }
    json.member("peak", number: bytes)
    json.lines("work", [work])
    json.lines("traffic", [traffic])
    json.member("work_time", number: work.amount)
    json.member("traffic_time", number: travel.amount)
    json.efficiency(efficiency)
    json.endObject()
    return json.text
  }
}

extension JSONWriter {
  fileprivate mutating func model(_ load: TrainingLoad) {
    member("trainer", load.trainer.name)
    member("parameters", number: load.model.parameters)
    let shape = load.model.shape
    key("shape")
    beginObject()
    member("is_guessed", load.model.isGuessed)
    member("num_hidden_layers", shape.layerCount)
    member("hidden_size", shape.hiddenSize)
    member("intermediate_size", shape.intermediateSize)
    member("num_attention_heads", shape.headCount)
    member("num_key_value_heads", shape.keyValueHeadCount)
    member("vocab_size", shape.vocabularySize)
    endObject()
    member("dtype", load.precision.rawValue)
    if let lowRank = load.lowRank {
      member("lora_r", lowRank.rank)
      member("adapter_parameters", number: load.trainedNumbers)
    }
    member("batch_size", load.batchSize)
    member("gradient_accumulation", load.accumulation)
    member("max_length", load.maxLength)
    if load.generates { member("completion_length", load.completionLength) }
    if load.trainer.samplesGroups { member("num_generations", load.generations) }
    member("reference", load.hasReference)
    member("flops", number: load.machine.flops)
    member("mfu", number: load.machine.utilisation)
    member("bandwidth", number: load.machine.bandwidth)
  }

  fileprivate mutating func lines(_ key: String, _ lines: [PlanLine]) {
    self.key(key)
    beginArray()
    for line in lines {
      beginObject()
      member("name", line.name)
      member("amount", number: line.amount)
      member("formula", line.formula)
      endObject()
    }
    endArray()
  }

  fileprivate mutating func efficiency(_ share: (best: Double, worst: Double)) {
    member("efficiency_best", number: share.best)
    member("efficiency_worst", number: share.worst)
  }
}
