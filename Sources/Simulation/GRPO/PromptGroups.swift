import Objectives

/// Which prompt each sampled group answers, and with whom its answers are compared.
///
/// A batch has `generation_batch_size / num_generations` slots, and the prompts take turns. Each slot is a group of its
/// own, unless the world has kinds of users: then all slots of one kind are one group.
struct PromptGroups {
  let promptOfSlot: [Int]
  let groupOfSlot: [Int]
  let count: Int

  init(_ world: World, settings: Settings) {
    let slots = max(1, settings.integer(.generationBatchSize) / settings.integer(.numGenerations))
    let prompts = (0..<slots).map { $0 % world.prompts.count }
    promptOfSlot = prompts
    if world.users.isEmpty {
      groupOfSlot = Array(0..<slots)
      count = slots
    } else {
      groupOfSlot = prompts.map { prompt in world.users.firstIndex { $0.prompts.contains(prompt) } ?? 0 }
      count = world.users.count
    }
  }

  /// The prompts that a batch asks, in their order.
  var prompts: [Int] { (0..<(promptOfSlot.max() ?? -1) + 1).filter(promptOfSlot.contains) }

  /// The share of a batch that each prompt has.
  func share(ofPrompt prompt: Int) -> Double {
    Double(promptOfSlot.count { $0 == prompt }) / Double(promptOfSlot.count)
  }

  /// The prompts of a group, once for each of its slots.
  func prompts(ofGroup group: Int) -> [Int] {
    promptOfSlot.indices.filter { groupOfSlot[$0] == group }.map { promptOfSlot[$0] }
  }
}
