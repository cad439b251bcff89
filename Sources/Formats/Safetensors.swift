import Documents

/// A file of named tensors: the length of a header, the header in JSON, and the numbers.
///
/// Opening reads and checks only the header, as strictly as the reference implementation: every byte after it must belong
/// to exactly one tensor. Format: https://github.com/huggingface/safetensors#format.
public struct Safetensors: Sendable {
  /// How the numbers of a tensor are written.
  public enum ElementType: String, CaseIterable, Sendable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u64 = "U64"
    case u32 = "U32"
    case u16 = "U16"
    case u8 = "U8"
    case bool = "BOOL"

    /// Bytes per number.
    var size: Int {
      switch self {
      case .f64, .i64, .u64: 8
      case .f32, .i32, .u32: 4
      case .f16, .bf16, .i16, .u16: 2
      case .i8, .u8, .bool: 1
      }
    }
  }

  public struct Tensor: Equatable, Sendable {
    public let name: String
    public let type: ElementType
    /// Empty for a single number.
    public let shape: [Int]
    /// Where its bytes are, counted from the end of the header.
    let bytes: Range<Int>

    public var count: Int { bytes.count / type.size }
    public var byteCount: Int { bytes.count }
  }

  public var path: String { file.path }
  /// In the order of their numbers in the file.
  public let tensors: [Tensor]
  let file: OpenFile
  /// Where the numbers begin.
  let dataStart: Int

  /// Opens a file.
  ///
  /// An error names the file, the tensor and what is wrong with it.
  public init(path: String) throws(FileError) {
    file = try OpenFile(path)
    let length = try Self.headerLength(file)
    dataStart = 8 + length
    do throws(DocumentError) {
      tensors = try SafetensorsHeader(try file.bytesOfHeader(length), dataSize: file.size - dataStart).tensors
    } catch {
      throw FileError(path, "in the header at column \(error.column): \(error.message)")
    }
  }

  /// The tensor of this name; nil if there is none.
  public func tensor(named name: String) -> Tensor? { tensors.first { $0.name == name } }

  private static func headerLength(_ file: OpenFile) throws(FileError) -> Int {
    guard file.size >= 8 else {
      throw FileError(
        file.path, "is not a safetensors file: it has \(file.size) bytes, fewer than the 8 of a header's length")
    }
    let length = try file.bytes(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if file.size < 1024, try file.bytes(at: 0, count: 8) == Array("version ".utf8) {
      throw FileError(file.path, "is only a pointer to the file; `git lfs pull` fetches it")
    }
    guard length <= 100_000_000 else {
      throw FileError(
        file.path, "is not a safetensors file: its header would have \(length) bytes, more than the 100 MB allowed")
    }
    guard Int(length) <= file.size - 8 else {
      throw FileError(
        file.path, "its header should have \(length) bytes, but only \(file.size - 8) follow: the file is cut off")
    }
    return Int(length)
  }
}

extension OpenFile {
  fileprivate func bytesOfHeader(_ length: Int) throws(DocumentError) -> [UInt8] {
    do throws(FileError) {
      return try bytes(at: 8, count: length)
    } catch {
      throw DocumentError(line: 1, column: 1, message: error.reason)
    }
  }
}
