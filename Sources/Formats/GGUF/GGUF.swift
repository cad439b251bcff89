/// A file of llama.cpp: named values about a model, and its tensors, mostly in few bits per number.
///
/// Opening reads and checks the header; numbers are read tensor by tensor.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
public struct GGUF: Sendable {
  /// A value of the header.
  public enum Value: Sendable {
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case string(String)
    case list([Value])
  }

  public struct Tensor: Equatable, Sendable {
    public let name: String
    /// As row-major tensors have it: the file counts from the fastest.
    public let shape: [Int]
    let type: NumberType
    /// Where its bytes begin in the file.
    let start: Int

    public var count: Int { shape.reduce(1, *) }
    /// How its numbers are written, as llama.cpp calls it: `Q4_K`.
    public var typeName: String { type.name }
  }

  public var path: String { file.path }
  public let values: [String: Value]
  public let tensors: [Tensor]
  let file: OpenFile

  /// Opens a file; an error says what is wrong with it.
  public init(path: String) throws(FileError) {
    file = try OpenFile(path)
    var header = GGUFHeader(file)
    guard try header.bytes(4) == Array("GGUF".utf8) else { throw FileError(path, "is not a GGUF file") }
    let version = try header.unsigned(4)
    guard version == 2 || version == 3 else {
      throw FileError(path, "has GGUF version \(version); 2 and 3 can be read")
    }
    let (tensorCount, valueCount) = (try header.count("tensors"), try header.count("values"))
    var values: [String: Value] = [:]
    for _ in 0..<valueCount {
      let key = try header.string()
      values[key] = try header.value(of: UInt32(truncatingIfNeeded: try header.unsigned(4)))
    }
    var entries: [(name: String, shape: [Int], type: NumberType, offset: Int)] = []
    for _ in 0..<tensorCount { entries.append(try header.tensor()) }
    var alignment = 32
    if case .integer(let written)? = values["general.alignment"] { alignment = written }
    guard alignment > 0, alignment <= 1 << 20 else { throw FileError(path, "has an alignment of \(alignment) bytes") }
    let start = (header.position + alignment - 1) / alignment * alignment
    var tensors: [Tensor] = []
    for entry in entries {
      let tensor = Tensor(name: entry.name, shape: entry.shape, type: entry.type, start: start + entry.offset)
      guard tensor.count % entry.type.blockSize == 0,
        tensor.start + tensor.count / entry.type.blockSize * entry.type.blockBytes <= file.size
      else {
        throw FileError(path, "the tensor '\(entry.name)' does not fit into the file, which is cut off or damaged")
      }
      tensors.append(tensor)
    }
    self.values = values
    self.tensors = tensors
  }

  /// The tensor of this name; nil if there is none.
  public func tensor(named name: String) -> Tensor? { tensors.first { $0.name == name } }
}

/// Reads a header from its start on.
private struct GGUFHeader {
  private let file: OpenFile
  private(set) var position = 0
  private var depth = 0
  // Read in pieces: a vocabulary is a hundred thousand small values.
  private var piece: [UInt8] = []
  private var pieceStart = 0

  init(_ file: OpenFile) { self.file = file }

  /// The next bytes.
  mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    guard count >= 0, count <= file.size - position else { throw FileError(file.path, "ends within its header") }
    if position < pieceStart || position + count > pieceStart + piece.count {
      pieceStart = position
      piece = try file.bytes(at: position, count: min(max(count, 1 << 20), file.size - position))
    }
    defer { position += count }
    return Array(piece[position - pieceStart..<position - pieceStart + count])
  }

  mutating func unsigned(_ size: Int) throws(FileError) -> UInt64 {
    try bytes(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number of things, each of which takes at least a byte.
  mutating func count(_ what: String) throws(FileError) -> Int {
    let count = try unsigned(8)
    guard count <= UInt64(file.size) else {
      throw FileError(file.path, "says that it has \(count) \(what), more than fit")
    }
    return Int(count)
  }

  mutating func string() throws(FileError) -> String {
    let count = try count("bytes of a text")
    return String(decoding: try bytes(count), as: UTF8.self)
  }

  mutating func value(of type: UInt32) throws(FileError) -> GGUF.Value {
    switch type {
    case 0: return .integer(Int(try unsigned(1)))
    case 1: return .integer(Int(Int8(truncatingIfNeeded: try unsigned(1))))
    case 2: return .integer(Int(try unsigned(2)))
    case 3: return .integer(Int(Int16(truncatingIfNeeded: try unsigned(2))))
    case 4: return .integer(Int(try unsigned(4)))
    case 5: return .integer(Int(Int32(truncatingIfNeeded: try unsigned(4))))
    case 6: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try unsigned(4)))))
    case 7: return .bool(try unsigned(1) != 0)
    case 8: return .string(try string())
    case 9: return .list(try list())
    case 10: return .integer(Int(truncatingIfNeeded: try unsigned(8)))
    case 11: return .integer(Int(truncatingIfNeeded: try unsigned(8)))
    case 12: return .number(Double(bitPattern: try unsigned(8)))
    default: throw FileError(file.path, "has a value of the kind \(type), which GGUF does not know")
    }
  }

  private mutating func list() throws(FileError) -> [GGUF.Value] {
    depth += 1
    defer { depth -= 1 }
    guard depth < 10 else { throw FileError(file.path, "has lists nested more than 10 deep") }
    let type = UInt32(truncatingIfNeeded: try unsigned(4))
    let count = try count("elements of a list")
    var values: [GGUF.Value] = []
    for _ in 0..<count { values.append(try value(of: type)) }
    return values
  }

  mutating func tensor() throws(FileError) -> (name: String, shape: [Int], type: GGUF.NumberType, offset: Int) {
    let name = try string()
    let dimensions = try unsigned(4)
    guard (1...4).contains(dimensions) else {
      throw FileError(file.path, "the tensor '\(name)' has \(dimensions) dimensions")
    }
    var (shape, count): ([Int], Int) = ([], 1)
    for _ in 0..<dimensions {
      let size = try unsigned(8)
      let product = count.multipliedReportingOverflow(by: Int(clamping: size))
      // A number takes a quarter of a byte at least.
      guard size > 0, !product.overflow, product.partialValue / 4 <= file.size else {
        throw FileError(file.path, "the tensor '\(name)' is larger than the file")
      }
      count = product.partialValue
      shape.insert(Int(size), at: 0)
    }
    let type = try unsigned(4)
    guard let known = GGUF.NumberType(rawValue: UInt32(truncatingIfNeeded: type)) else {
      let names = GGUF.NumberType.allCases.map(\.name).joined(separator: ", ")
      throw FileError(
        file.path, "the tensor '\(name)' has numbers of the kind \(type); those that can be read are \(names)")
    }
    let offset = try unsigned(8)
    guard offset <= UInt64(file.size) else {
      throw FileError(file.path, "the tensor '\(name)' begins behind the file's end")
    }
    return (name, shape, known, Int(offset))
  }
}
