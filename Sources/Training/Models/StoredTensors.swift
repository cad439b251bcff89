import Formats
import Transformers

/// Numbers of a model, its weights or an optimizer's moments, as the family's files hold them.
///
/// The sources point into memory of the parameters and of this object, which must live until they are written.
final class StoredTensors {
  let sources: [Safetensors.Source]
  private let parameters: Parameters
  private var copies: [Parameters] = []
  private var halves: [UnsafeMutableBufferPointer<UInt16>] = []

  /// - Parameters:
  ///   - parameters: Numbers in the layout's order.
  ///   - layout: The model's.
  ///   - prefix: What goes before each name.
  ///   - type: What numbers are rounded to, to the nearest and, of two, to the even one.
  init(
    _ parameters: Parameters, of layout: ParameterLayout, prefix: String = "",
    as type: ModelConfiguration.NumberType = .float32
  ) {
    self.parameters = parameters
    var sources: [Safetensors.Source] = []
    var (copies, halves): ([Parameters], [UnsafeMutableBufferPointer<UInt16>]) = ([], [])
    for block in layout.blocks {
      var values = UnsafeBufferPointer(parameters[block.range])
      if block.isTransposed {
        let copy = Parameters(count: block.count)
        block.transpose(values, from: block.shape, into: copy[0..<block.count])
        copies.append(copy)
        values = UnsafeBufferPointer(copy[0..<block.count])
      }
      let (name, shape) = (prefix + block.name, block.storedShape)
      guard type != .float32 else {
        sources.append(Safetensors.Source(name: name, shape: shape, values: values))
        continue
      }
      let rounded = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: block.count)
      for (place, value) in values.enumerated() {
        rounded[place] = type == .float16 ? Safetensors.half(value) : Safetensors.brain(value)
      }
      halves.append(rounded)
      sources.append(
        Safetensors.Source(
          name: name, shape: shape, type: type == .float16 ? .f16 : .bf16,
          bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rounded))))
    }
    (self.sources, self.copies, self.halves) = (sources, copies, halves)
  }

  deinit { for half in halves { half.deallocate() } }

  func write(to path: String) throws(FileError) {
    try alive { () throws(FileError) in try Safetensors.write(sources, to: path) }
  }

  /// Writes a model's weights, in several files if it was read from such.
  func write(toFolder path: String, shardSize: Int?) throws(FileError) {
    try alive { () throws(FileError) in try ShardedTensors(sources, limit: shardSize).write(to: path) }
  }

  /// The sources point into this object.
  private func alive(_ write: () throws(FileError) -> Void) throws(FileError) {
    let result = Result { () throws(FileError) in try write() }
    withExtendedLifetime(self) {}
    try result.get()
  }
}

extension ParameterBlock {
  /// Brings numbers that were read as files hold them into the model's order.
  func arrange(_ values: UnsafeMutableBufferPointer<Float>) {
    guard isTransposed else { return }
    let stored = Parameters(count: count)
    stored.values.update(from: values.baseAddress ?? stored.values, count: count)
    transpose(UnsafeBufferPointer(stored[0..<count]), from: storedShape, into: values)
  }

  fileprivate func transpose(
    _ from: UnsafeBufferPointer<Float>, from shape: [Int], into to: UnsafeMutableBufferPointer<Float>
  ) {
    for row in 0..<shape[0] {
      for column in 0..<shape[1] { to[column * shape[0] + row] = from[row * shape[1] + column] }
    }
  }
}
