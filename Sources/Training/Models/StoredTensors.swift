import Formats
import Transformers

/// Numbers of a model, its weights or an optimizer's moments, as the family's files hold them.
///
/// The sources point into memory of the parameters and of this object, which must live until they are written.
final class StoredTensors {
  let sources: [Safetensors.Source]
  private let parameters: Parameters
  private let copies: [Parameters]

  /// - Parameter prefix: What goes before each name.
  init(_ parameters: Parameters, of layout: ParameterLayout, prefix: String = "") {
    var copies: [Parameters] = []
    sources = layout.blocks.map { block in
      var values = parameters[block.range]
      if block.isTransposed {
        let copy = Parameters(count: block.count)
        block.transpose(UnsafeBufferPointer(values), from: block.shape, into: copy[0..<block.count])
        copies.append(copy)
        values = copy[0..<block.count]
      }
      return Safetensors.Source(
        name: prefix + block.name, shape: block.storedShape, values: UnsafeBufferPointer(values))
    }
    (self.parameters, self.copies) = (parameters, copies)
  }

  func write(to path: String) throws(FileError) {
    let result = Result { () throws(FileError) in try Safetensors.write(sources, to: path) }
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
