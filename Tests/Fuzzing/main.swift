// Gives one reader inputs that libFuzzer invents: `fuzz READER [option of libFuzzer …] [folder of inputs …]`.
//
// A reader may refuse what it gets, with an error; it may not crash, hang or take all memory. Run by `Scripts/fuzz.sh`.
import CFuzzing
import Foundation
import FuzzReaders

guard let name = CommandLine.arguments.dropFirst().first, let chosen = Reader.named(name) else {
  print(Reader.all.map(\.name).joined(separator: "\n"))
  exit(CommandLine.arguments.count > 1 ? 2 : 0)
}
let reader = chosen

// libFuzzer reads the rest as its own arguments.
var arguments = CommandLine.arguments.enumerated().filter { $0.offset != 1 }.map { strdup($0.element) }
var count = Int32(arguments.count)
arguments.append(nil)
let status = arguments.withUnsafeMutableBufferPointer { buffer -> Int32 in
  var list = buffer.baseAddress
  return LLVMFuzzerRunDriver(&count, &list) { data, size in
    reader.read(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
  }
}
exit(status)
