import Documents

/// The header of a safetensors file, checked against the number of bytes that follow it.
struct SafetensorsHeader {
  /// In the order of their bytes.
  private(set) var tensors: [Safetensors.Tensor] = []

  init(_ bytes: [UInt8], dataSize: Int) throws(DocumentError) {
    guard bytes.first == UInt8(ascii: "{") else {
      throw DocumentError(line: 1, column: 1, message: "the header must begin with '{'")
    }
    let header = try JSONReader.read(bytes)
    for member in try header.object("the header").members {
      if member.key == "__metadata__" {
        for entry in try member.value.object("__metadata__").members { _ = try entry.value.string("'\(entry.key)'") }
      } else {
        tensors.append(try Self.tensor(member))
      }
    }
    tensors.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    if let problem = gaps(dataSize) { throw header.error(problem) }
  }

  private static func tensor(_ member: Document.Member) throws(DocumentError) -> Safetensors.Tensor {
    let what = "the tensor '\(member.key)'"
    let fields = try member.value.object(what)
    let typeName = try fields.required("dtype").string("the dtype of \(what)")
    guard let type = Safetensors.ElementType(rawValue: typeName) else {
      throw try fields.required("dtype").error(
        "\(what) has the dtype '\(typeName)', which is not supported; the dtypes are: "
          + Safetensors.ElementType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let shape = try naturals(fields.required("shape"), "the shape of \(what)")
    let offsets = try naturals(fields.required("data_offsets"), "the data_offsets of \(what)")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw try fields.required("data_offsets").error(
        "the data_offsets of \(what) must be [begin, end] with begin ≤ end")
    }
    guard let size = size(shape, type) else {
      throw try fields.required("shape").error("the shape of \(what) is too large")
    }
    guard size == offsets[1] - offsets[0] else {
      throw try fields.required("data_offsets").error(
        "\(what) has \(offsets[1] - offsets[0]) bytes, but its shape and dtype need \(size)")
    }
    return Safetensors.Tensor(name: member.key, type: type, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  private static func naturals(_ list: Document, _ what: String) throws(DocumentError) -> [Int] {
    var numbers: [Int] = []
    for element in try list.list(what) {
      let number = try element.integer(what)
      if number < 0 { throw element.error("\(what) must not be negative") }
      numbers.append(number)
    }
    return numbers
  }

  /// In bytes; nil where the number does not fit.
  private static func size(_ shape: [Int], _ type: Safetensors.ElementType) -> Int? {
    var size = type.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      size = product
    }
    return size
  }

  /// What is wrong if the tensors do not lie side by side from the first byte to the last.
  private func gaps(_ dataSize: Int) -> String? {
    var end = 0
    var last = "the header"
    for tensor in tensors {
      if tensor.bytes.upperBound > dataSize {
        return "the tensor '\(tensor.name)' ends at byte \(tensor.bytes.upperBound), but there are only \(dataSize)"
      }
      if tensor.bytes.lowerBound < end { return "the tensor '\(tensor.name)' overlaps \(last)" }
      if tensor.bytes.lowerBound > end { return "there is a hole between \(last) and the tensor '\(tensor.name)'" }
      end = tensor.bytes.upperBound
      last = "the tensor '\(tensor.name)'"
    }
    return end == dataSize ? nil : "\(dataSize - end) bytes after \(last) belong to no tensor"
  }
}
