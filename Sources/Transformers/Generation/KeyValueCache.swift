internal import CKernels

/// The keys and values of several sequences in all layers.
///
/// What a group of sequences begins with is there once, up to a multiple of 16 positions; each sequence has a cache of its own
/// for what follows. Of each and of each layer, keys [keyValueHeads, headSize, capacity] and then values [keyValueHeads,
/// capacity, headSize].
final class KeyValueCache {
  private let shape: ModelConfiguration
  private let workers: Int
  private var beginnings, ends: Caches
  /// Room for a score of each position and a head's numbers, while some queries attend: a row for each worker.
  private(set) var scores = Matrix(rows: 0, columns: 1)

  init(_ model: ModelConfiguration, workers: Int) {
    (shape, self.workers) = (model, workers)
    beginnings = Caches(model)
    ends = Caches(model)
  }

  /// Makes room; where there was not enough, the contents are undefined afterwards.
  ///
  /// - Parameters:
  ///   - groups: How many prompts there are.
  ///   - prompt: The tokens of the longest.
  ///   - sequences: How many continue them.
  ///   - tokens: The most that follow a prompt.
  func reserve(groups: Int, prompt: Int, sequences: Int, tokens: Int) {
    beginnings.reserve(groups, positions: prompt)
    ends.reserve(sequences, positions: 15 + tokens)
    let columns = beginnings.capacity + ends.capacity + 16 + (shape.headSize + 15) / 16 * 16
    let numbers = Int(GRADUS_QUERIES) * columns
    if scores.columns < numbers { scores = Matrix(rows: workers, columns: numbers) }
  }

  /// How many positions of a prompt are shared.
  static func shared(of prompt: Int) -> Int { prompt / 16 * 16 }

  func beginning(_ group: Int, layer: Int, length: Int) -> gradus_cache {
    var cache = beginnings[group, layer]
    cache.length = length
    return cache
  }

  func end(_ sequence: Int, layer: Int) -> gradus_cache { ends[sequence, layer] }
}

/// Several caches of the same capacity.
private struct Caches {
  private let layers, rows: Int
  private(set) var capacity = 0
  private var count = 0
  private var memory = Matrix(rows: 0, columns: 1)

  init(_ model: ModelConfiguration) { (layers, rows) = (model.layerCount, model.keySize) }

  mutating func reserve(_ wanted: Int, positions: Int) {
    guard wanted > count || positions > capacity else { return }
    count = max(wanted, count)
    let rounded = (max(positions, capacity) + 15) / 16 * 16
    // Keys a power of two apart would compete for the same few sets of the processor's cache.
    capacity = rounded % 64 == 0 ? rounded + 16 : rounded
    memory = Matrix(rows: 1, columns: count * layers * 2 * rows * capacity)
  }

  subscript(number: Int, layer: Int) -> gradus_cache {
    gradus_cache(
      keys: memory.start + (number * layers + layer) * 2 * rows * capacity, capacity: capacity, length: capacity)
  }
}
