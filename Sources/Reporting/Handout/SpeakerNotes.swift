/// What a speaker may say of a run, in paragraphs, beside what its stages say of themselves.
public struct SpeakerNotes: Sendable {
  /// Before the first stage.
  public var world: [String] = []
  /// Of a run through a stage, by its number in the recording.
  public var stages: [Int: [String]] = [:]

  public init() {}
}
