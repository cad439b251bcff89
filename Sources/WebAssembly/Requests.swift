// What both modules need that a page asks, the debugger's and the trainers'.

/// Makes room for a request.
@_cdecl("gradus_allocate")
public func allocate(_ count: Int32) -> UnsafeMutableRawPointer {
  UnsafeMutableRawPointer.allocate(byteCount: Int(count), alignment: 4)
}

/// Gives back the room of a request or of an answer.
@_cdecl("gradus_free")
public func free(_ address: UnsafeMutableRawPointer) { unsafe address.deallocate() }

/// Answers a request, which is JSON in UTF-8; so is the answer, after its length as a 32-bit number.
func answered(
  _ address: UnsafeRawPointer, _ count: Int32, by answer: (String) -> String
) -> UnsafeMutableRawPointer {
  let request = unsafe String(decoding: UnsafeRawBufferPointer(start: address, count: Int(count)), as: UTF8.self)
  let answer = Array(answer(request).utf8)
  let room = unsafe allocate(Int32(answer.count + 4))
  unsafe room.storeBytes(of: UInt32(answer.count), as: UInt32.self)
  unsafe UnsafeMutableRawBufferPointer(start: room + 4, count: answer.count).copyBytes(from: answer)
  return unsafe room
}

@_extern(c, "strtod")
private func strtod(
  _ text: UnsafePointer<CChar>, _ end: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Double

/// What the standard library calls to read a `Double`; its own copy is written in C++ and not part of the embedded one.
@_cdecl("_swift_stdlib_strtod_clocale")
public func strtodInCLocale(
  _ text: UnsafePointer<CChar>, _ result: UnsafeMutablePointer<Double>
) -> UnsafePointer<CChar>? {
  var end: UnsafeMutablePointer<CChar>?
  // This libc has only the C locale.
  unsafe result.pointee = strtod(text, &end)
  return unsafe UnsafePointer(end)
}
