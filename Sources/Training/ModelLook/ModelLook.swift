public import Transformers

/// What is known of a model before it is read: what it is, and whether Gradus can compute it.
public struct ModelLook: Sendable {
  /// Its folder or file.
  public let path: String
  /// What its makers call the family, supported or not: `qwen3`, say.
  public var family: String?
  /// Its shape, if that is supported.
  public var shape: ModelConfiguration?
  /// The adapters that are the folder's, on the model that is described.
  public var adapters: LowRank?
  /// How many numbers it has.
  public var parameters: Int?
  /// How they are written, the most frequent first: `BF16`.
  public var types: [String] = []
  /// How large the files with the weights are.
  public var bytes = 0
  /// What cuts texts into tokens, such as `byte-level BPE`.
  public var tokenizer: String?
  public var vocabulary: Int?
  public var template = Template.none
  /// Every token with which a text may end.
  public var ends: [(id: Int, token: String)] = []
  /// Why it cannot be used, each with what to do.
  public var problems: [String] = []

  public enum Template: Equatable, Sendable {
    case none
    /// - Parameter marksAnswers: Whether it says which parts the assistant wrote.
    case read(marksAnswers: Bool)
    case broken(String)
  }

  public var isSupported: Bool { problems.isEmpty }

  /// Looks at a model's folder or GGUF file; what is wrong with it is among its problems.
  public init(_ path: String) {
    self.path = path
    if GGUFModel.isNamed(by: path) {
      lookAtFile()
    } else if AdapterDirectory.exists(at: path) {
      lookAtAdapters()
    } else {
      lookAtFolder()
    }
  }
}
