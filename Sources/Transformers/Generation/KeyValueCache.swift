/// The keys and values of several sequences in all layers.
///
/// Of each sequence and layer, keys [keyValueHeads, headSize, capacity] and then values [keyValueHeads, capacity, headSize].
final class KeyValueCache {
  private let layers, rows, headSize: Int
  private(set) var capacity = 0
  private var sequences = 0
  private var memory = Matrix(rows: 0, columns: 1)
  /// Room for a score of each position, while one sequence attends.
  private(set) var scores = Matrix(rows: 0, columns: 1)

  init(_ model: ModelConfiguration) {
    layers = model.layerCount
    rows = model.keySize
    headSize = model.headSize
  }

  /// Makes room; where there was not enough, the contents are undefined afterwards.
  func reserve(sequences wanted: Int, positions: Int) {
    guard wanted > sequences || positions > capacity else { return }
    sequences = max(wanted, sequences)
    let rounded = (max(positions, capacity) + 15) / 16 * 16
    // Keys a power of two apart would compete for the same few sets of the processor's cache.
    capacity = rounded % 64 == 0 ? rounded + 16 : rounded
    memory = Matrix(rows: 1, columns: sequences * layers * layerSize)
    scores = Matrix(rows: 1, columns: capacity)
  }

  /// How many numbers one layer of a sequence has, half of them keys and the other half values.
  var layerSize: Int { 2 * rows * capacity }

  func keys(_ sequence: Int, layer: Int) -> UnsafeMutablePointer<Float> {
    memory.start + (sequence * layers + layer) * layerSize
  }

  func values(_ sequence: Int, layer: Int) -> UnsafeMutablePointer<Float> {
    keys(sequence, layer: layer) + rows * capacity
  }

  /// Copies the first positions of one sequence to another.
  func copy(_ positions: Int, from source: Int, to target: Int) {
    for layer in 0..<layers {
      let (fromKeys, toKeys) = (keys(source, layer: layer), keys(target, layer: layer))
      for row in 0..<rows { (toKeys + row * capacity).update(from: fromKeys + row * capacity, count: positions) }
      let (fromValues, toValues) = (values(source, layer: layer), values(target, layer: layer))
      for start in stride(from: 0, to: rows * capacity, by: headSize * capacity) {
        (toValues + start).update(from: fromValues + start, count: positions * headSize)
      }
    }
  }
}
