import Documents
import Objectives

extension Batch {
  /// The batch as `gradus.batch/1`, with one line per array and every number in full, for `init(_ document:)` to read.
  ///
  /// Only options that the batch honours are written, and of them those that were changed. JSON has neither NaN nor
  /// infinities: they become `null`, which reading refuses with its place, unless it stands for a number that may be
  /// unknown, such as a `sampling_logp`.
  public var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("format", "gradus.batch/1")
    json.member("algorithm", algorithm.name)
    json.member("title", title)
    if let step {
      json.key("step")
      json.integer(step)
    }
    writeConfig(to: &json)
    writeLogged(to: &json)
    writePart(to: &json)
    if case .groups(let batch) = contents, batch.hasWords { json.member("words", true) }
    json.key(form.listKey)
    json.beginArray()
    contents.writeItems(to: &json)
    json.endArray()
    if case .groups(let batch) = contents { batch.writeGroups(to: &json) }
    json.endObject()
    return json.text + "\n"
  }

  private func writeConfig(to json: inout JSONWriter) {
    json.key("config")
    json.beginObject()
    for option in settings.changed where options.contains(option) {
      json.key(option.name)
      json.value(settings[option])
    }
    json.endObject()
  }

  private func writeLogged(to json: inout JSONWriter) {
    guard !logged.isEmpty || loggedLoss != nil else { return }
    var names: [String] = []
    json.key("logged")
    json.beginObject()
    if let loggedLoss { json.member("loss", number: loggedLoss) }
    for entry in logged where !names.contains(entry.metric.name) {
      names.append(entry.metric.name)
      json.member(entry.metric.name, number: entry.value)
    }
    json.endObject()
  }

  /// Which part of an optimizer step the batch is, where that is known and means something.
  private func writePart(to json: inout JSONWriter) {
    let keys = form.otherKeys
    if let minibatch, keys.contains("minibatch") {
      json.key("minibatch")
      json.numbers(minibatch.map { Double($0) })
    }
    if let stepTokens, keys.contains("step_tokens") {
      json.key("step_tokens")
      json.number(stepTokens)
    }
    if stepShare != 1, keys.contains("step_share") { json.member("step_share", number: stepShare) }
    if let referencePoint, keys.contains("reference_point") { json.member("reference_point", number: referencePoint) }
  }
}

extension Batch.PPOSequence {
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", prompt)
    json.member("score", number: score)
    json.known("truncated", isTruncated)
    json.member("tokens", strings: tokens)
    json.known("logp", logp.isEmpty ? nil : logp)
    json.known("old_logp", oldLogp)
    json.known("ref_logp", refLogp)
    json.known("value", value.isEmpty ? nil : value)
    json.known("old_value", oldValue)
    json.known("entropy", entropy)
    json.known("sampling_logp", samplingLogp)
    for numbers in logged { numbers.write(to: &json) }
    json.endObject()
  }
}

extension Batch.GroupBatch {
  func write(_ sequence: Sequence, to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", sequence.prompt)
    json.member("group", groups[sequence.group].name)
    if sequence.rewards.isEmpty {
      json.member("reward", number: sequence.reward)
    } else {
      json.key("rewards")
      json.beginObject()
      for (name, reward) in zip(rewardNames, sequence.rewards) {
        json.key(name)
        json.number(reward ?? .nan)
      }
      json.endObject()
    }
    json.known("truncated", sequence.isTruncated)
    json.member("tokens", strings: sequence.tokens)
    json.known("logp", sequence.logp.isEmpty ? nil : sequence.logp)
    json.known("old_logp", sequence.oldLogp.isEmpty ? nil : sequence.oldLogp)
    json.known("ref_logp", sequence.refLogp)
    json.known("entropy", sequence.entropy)
    json.known("sampling_logp", sequence.samplingLogp)
    json.known("loss_mask", sequence.lossMask?.map { $0 ? 1 : 0 })
    for numbers in sequence.logged { numbers.write(to: &json) }
    json.endObject()
  }

  fileprivate func writeGroups(to json: inout JSONWriter) {
    let described = groups.filter { $0.weight != nil || $0.referenceReward != nil || $0.runningReward != nil }
    guard !described.isEmpty else { return }
    json.key("groups")
    json.beginObject()
    for group in described {
      json.key(group.name)
      json.beginObject()
      if let weight = group.weight { json.member("weight", number: weight) }
      if let reward = group.referenceReward { json.member("reference_reward", number: reward) }
      if let reward = group.runningReward { json.member("running_reward", number: reward) }
      json.endObject()
    }
    json.endObject()
  }
}

extension Batch.PairResponse {
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("tokens", strings: tokens)
    json.known("logp", logp)
    json.known("ref_logp", refLogp)
    json.known("log_sum_sq_probs", logSumSquares)
    if let score { json.member("score", number: score) }
    json.endObject()
  }
}

extension Batch.SupervisedSequence {
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", prompt)
    json.member("tokens", strings: tokens)
    json.known("logp", logp)
    json.endObject()
  }
}

extension Batch.RewardResponse {
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("score", number: score)
    json.member("tokens", strings: tokens)
    json.endObject()
  }
}

extension JSONWriter {
  // What is not known has no key.
  mutating func known(_ key: String, _ flag: Bool?) {
    guard let flag else { return }
    self.key(key)
    bool(flag)
  }

  mutating func known(_ key: String, _ values: [Double]?) {
    guard let values else { return }
    self.key(key)
    numbers(values)
  }

  fileprivate mutating func value(_ value: OptionValue) {
    switch value {
    case .number(let number): self.number(number)
    case .integer(let integer): self.integer(integer)
    case .flag(let flag): bool(flag)
    case .choice(let name): string(name)
    case .none: string("none")
    }
  }
}
