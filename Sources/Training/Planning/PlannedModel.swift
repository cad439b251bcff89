import Formats
public import Transformers

/// What a model's memory and traffic depend on.
public struct PlannedModel: Equatable, Sendable {
  /// P in the formulas, which need not be the shape's number of parameters: `--params 7e9` gives it directly.
  public let parameters: Double
  public let shape: ModelConfiguration
  /// Whether the shape is a guess from the number of parameters.
  public let isGuessed: Bool

  /// A model of this shape, with as many parameters as it has.
  public init(_ shape: ModelConfiguration, parameters: Double? = nil) {
    self.shape = shape
    self.parameters = parameters ?? Double(ParameterLayout(shape).count)
    isGuessed = false
  }

  /// A model of which only the size is known: it gets the closest shape of the Llama family; nil if none comes close.
  ///
  /// There a head has 128 columns, and a model about as many layers as heads, n of each: P ≈ 12 n (128 n)² + 2 V · 128 n.
  public init?(parameters: Double) {
    let vocabulary = 32_000.0
    func count(_ n: Double) -> Double { 12 * n * 128 * n * 128 * n + 2 * vocabulary * 128 * n }
    var n = 1
    while n < 1024, abs(count(Double(n + 1)) - parameters) < abs(count(Double(n)) - parameters) { n += 1 }
    guard (0.5...2).contains(parameters / count(Double(n))) else { return nil }
    let hidden = 128 * n
    var shape = ModelConfiguration(
      vocabularySize: Int(vocabulary), hiddenSize: hidden, intermediateSize: 8 * hidden / 3, layerCount: n,
      headCount: n)
    shape.tiesEmbeddings = false
    self.shape = shape
    self.parameters = parameters
    isGuessed = true
  }

  /// The shape in a Hugging Face folder's `config.json`; nothing else is read.
  public static func read(_ folder: String) throws(TrainingError) -> PlannedModel {
    do throws(FileError) {
      return PlannedModel(try ModelDirectory.readConfiguration(folder))
    } catch {
      throw TrainingError(error)
    }
  }

  /// Well-known models, under the names of their folders on Hugging Face. Llama 2's files hold float16, and frozen weights
  /// that were read from such files are kept in 32 bits.
  public static let known: [(name: String, shape: ModelConfiguration)] = [
    ("qwen2-0.5b", qwen2(151_936, 896, 4864, layers: 24, heads: 14, keyValueHeads: 2, ties: true)),
    ("qwen2-1.5b", qwen2(151_936, 1536, 8960, layers: 28, heads: 12, keyValueHeads: 2, ties: true)),
    ("qwen2-7b", qwen2(152_064, 3584, 18_944, layers: 28, heads: 28, keyValueHeads: 4, ties: false)),
    ("llama-2-7b", llama(32_000, 4096, 11_008, layers: 32, heads: 32, keyValueHeads: 32, in: .float32)),
    ("llama-2-13b", llama(32_000, 5120, 13_824, layers: 40, heads: 40, keyValueHeads: 40, in: .float32)),
    ("llama-2-70b", llama(32_000, 8192, 28_672, layers: 80, heads: 64, keyValueHeads: 8, in: .float32)),
    ("llama-3-8b", llama(128_256, 4096, 14_336, layers: 32, heads: 32, keyValueHeads: 8)),
    ("llama-3-70b", llama(128_256, 8192, 28_672, layers: 80, heads: 64, keyValueHeads: 8)),
  ]

  private static func llama(
    _ vocabulary: Int, _ hidden: Int, _ inner: Int, layers: Int, heads: Int, keyValueHeads: Int,
    in type: ModelConfiguration.NumberType = .bfloat16
  ) -> ModelConfiguration {
    var shape = ModelConfiguration(
      vocabularySize: vocabulary, hiddenSize: hidden, intermediateSize: inner, layerCount: layers, headCount: heads,
      keyValueHeadCount: keyValueHeads)
    shape.tiesEmbeddings = false
    shape.numberType = type
    return shape
  }

  private static func qwen2(
    _ vocabulary: Int, _ hidden: Int, _ inner: Int, layers: Int, heads: Int, keyValueHeads: Int, ties: Bool
  ) -> ModelConfiguration {
    var shape = llama(vocabulary, hidden, inner, layers: layers, heads: heads, keyValueHeads: keyValueHeads)
    (shape.family, shape.hasQueryKeyValueBias, shape.tiesEmbeddings) = (.qwen2, true, ties)
    return shape
  }

  // MARK: - The letters of the formulas

  /// L, h, a, V of the formulas.
  var layers: Double { Double(shape.layerCount) }
  var hidden: Double { Double(shape.hiddenSize) }
  var heads: Double { Double(shape.headCount) }
  var vocabulary: Double { Double(shape.vocabularySize) }

  /// What generation keeps of each token, in numbers: a key and a value of every layer and key-value head.
  public var cachedNumbersPerToken: Double { 2 * layers * Double(shape.keySize) }
}
