// Splits a WebAssembly module into what unpack.c joins again, each part of it better to compress: `split MODULE REST RANKS`.
//
// Functions that do the same have the same operations, but their local variables have other numbers. So these are taken out of
// the instructions, which makes the rest repeat itself, and in their place stands, in a part of its own, how many other variables
// of the function were named since this one was named last. The sizes of functions are left out. That makes a large module, packed,
// a sixth smaller.

import Foundation

struct Splitter {
  let module: [UInt8]
  var rest: [UInt8] = []
  var ranks: [UInt8] = []
  private var at = 0

  init(_ module: [UInt8]) throws {
    self.module = module
    copy(8)
    while at < module.count {
      let section = module[at]
      copy(1)
      let size = copyNumber()
      if section == codeSection {
        for _ in 0..<copyNumber() { try splitFunction() }
      } else {
        copy(size)
      }
    }
  }

  private mutating func copy(_ count: Int) {
    rest += module[at..<at + count]
    at += count
  }

  /// A number in LEB128; of a longer one the lower 32 bits.
  private mutating func readNumber() -> Int {
    var (result, shift): (UInt32, UInt32) = (0, 0)
    while true {
      let byte = module[at]
      at += 1
      result |= UInt32(byte & 127) << shift
      shift += 7
      if byte < 128 { return Int(result) }
    }
  }

  @discardableResult
  private mutating func copyNumber() -> Int {
    let start = at
    let number = readNumber()
    rest += module[start..<at]
    return number
  }

  private mutating func splitFunction() throws {
    let end = readNumber() + at
    for _ in 0..<copyNumber() {
      copyNumber()
      copyNumber()
    }
    // The variable that was named last comes first; those with larger numbers than any that was named are at the end.
    var locals: [Int] = []
    while at < end { try splitInstruction(&locals) }
  }

  private mutating func splitInstruction(_ locals: inout [Int]) throws {
    let operation = module[at]
    copy(1)
    if isLocal(operation) != 0 {
      let local = readNumber()
      while locals.count <= local { locals.append(locals.count) }
      let rank = locals.firstIndex(of: local)!
      locals.remove(at: rank)
      locals.insert(local, at: 0)
      return write(rank)
    }
    let kind = hasKind(operation) != 0 ? copyNumber() : 0
    let after = immediates(operation, UInt32(kind))
    guard after.numbers >= 0 else {
      throw Failure("the operation \(operation) \(kind) at byte \(at) is not in instructions.h")
    }
    for _ in 0..<after.numbers { copyNumber() }
    copy(Int(after.bytes))
  }

  private mutating func write(_ rank: Int) {
    var rank = rank
    while rank >= 128 {
      ranks.append(UInt8(rank & 127 | 128))
      rank >>= 7
    }
    ranks.append(UInt8(rank))
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

@main struct Split {
  static func main() throws {
    let files = CommandLine.arguments.dropFirst().map { URL(filePath: $0) }
    let split = try Splitter([UInt8](Data(contentsOf: files[0])))
    try Data(split.rest).write(to: files[1])
    try Data(split.ranks).write(to: files[2])
  }
}
