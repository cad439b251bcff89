/// A text that the model wrote at a step.
public struct Sample: Equatable, Sendable {
  public let step: Int
  public let prompt: String
  public let completion: String
  /// Its reward, if there are rewards.
  public let reward: Double?

  public init(step: Int, prompt: String, completion: String, reward: Double? = nil) {
    self.step = step
    self.prompt = prompt
    self.completion = completion
    self.reward = reward
  }
}
