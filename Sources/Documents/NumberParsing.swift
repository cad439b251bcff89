/// Reading numbers, correctly rounded.
///
/// The standard library’s `Double(_: String)` calls the C library, which Embedded Swift for a web page lacks.
extension NumberText {
  /// The double nearest to a decimal number such as `12`, `-0.5`, `+.5` or `1e-3`, and nil for any other text.
  ///
  /// A number too large for a double is infinite; `NaN` and `Infinity` are not numbers here.
  public static func parse(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    var i = 0
    func skip(_ allowed: UInt8...) { if i < bytes.count, allowed.contains(bytes[i]) { i += 1 } }
    func digits() -> Int {
      let start = i
      while i < bytes.count, bytes[i] &- UInt8(ascii: "0") < 10 { i += 1 }
      return i - start
    }
    skip(UInt8(ascii: "-"), UInt8(ascii: "+"))
    var count = digits()
    skip(UInt8(ascii: "."))
    count += digits()
    if count == 0 { return nil }
    if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
      i += 1
      skip(UInt8(ascii: "-"), UInt8(ascii: "+"))
      if digits() == 0 { return nil }
    }
    return i == bytes.count ? parse(bytes, 0..<bytes.count) : nil
  }

  /// The double nearest to the decimal number in a range of bytes whose form has been checked.
  static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> Double {
    var (significand, count, exponent) = (UInt64(0), 0, 0)
    var (sawPoint, isNegative) = (false, false)
    var i = range.lowerBound
    while i < range.upperBound {
      let byte = bytes[i]
      i += 1
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 {
        if count > 0 || digit > 0 { count += 1 }
        // 19 digits fit; for more, the digits are read once again, without a limit.
        if count <= 19 { significand = significand * 10 + UInt64(digit) }
        if sawPoint { exponent -= 1 }
      } else if byte == UInt8(ascii: "-") {
        isNegative = true
      } else if byte == UInt8(ascii: ".") {
        sawPoint = true
      } else if byte != UInt8(ascii: "+") {
        exponent += parseExponent(bytes, i..<range.upperBound)
        break
      }
    }
    let magnitude =
      if significand == 0 || count + exponent < -330 { 0.0 } else if count + exponent > 310 {
        Double.infinity
      } else if count > 19 { nearestSlowly(bytes, range, exponent: exponent) } else {
        nearest(significand, exponent: exponent) ?? nearestSlowly(bytes, range, exponent: exponent)
      }
    return isNegative ? -magnitude : magnitude
  }

  private static func parseExponent(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
    var (size, isNegative) = (0, false)
    for i in range {
      let digit = bytes[i] &- UInt8(ascii: "0")
      // Far beyond every double, and far from overflowing.
      if digit < 10 {
        size = min(size * 10 + Int(digit), 100_000_000)
      } else {
        isNegative = bytes[i] == UInt8(ascii: "-")
      }
    }
    return isNegative ? -size : size
  }

  /// The powers of five that fit 64 bits.
  private static let fives: [UInt64] = (0...27).map { (0..<$0).reduce(1) { product, _ in product * 5 } }

  /// `significand · 10^exponent`, or nil where the power of five does not fit 64 bits.
  ///
  /// `10^q = 5^q 2^q`: one exact 128-bit product, or one 128-bit division with its remainder, decides the rounding.
  private static func nearest(_ significand: UInt64, exponent: Int) -> Double? {
    guard exponent.magnitude <= 27 else { return nil }
    let five = fives[Int(exponent.magnitude)]
    if exponent >= 0 {
      let product = significand.multipliedFullWidth(by: five)
      return rounded(product.high, product.low, exponent: exponent)
    }
    let (a, b) = (significand.leadingZeroBitCount, five.leadingZeroBitCount)
    let dividend = significand << a
    let (quotient, remainder) = (five << b).dividingFullWidth((dividend >> 1, dividend << 63))
    return rounded(quotient, remainder == 0 ? 0 : 1, exponent: exponent + b - a - 63 - 64)
  }

  /// `(high · 2^64 + low) · 2^exponent` rounded half to even, where a 1 in `low` may stand for any smaller remainder.
  private static func rounded(_ high: UInt64, _ low: UInt64, exponent: Int) -> Double {
    var (high, low, exponent) = high == 0 ? (low, 0, exponent - 64) : (high, low, exponent)
    let shift = high.leadingZeroBitCount
    high = high << shift | low >> (64 - shift)
    low <<= shift
    exponent += 127 - shift  // of the leading bit
    if exponent > 1023 { return .infinity }
    let drop = 11 + max(0, -1022 - exponent)  // a subnormal number keeps fewer than 53 bits
    if drop > 64 { return 0 }
    let kept = high >> drop
    let rest = high - kept << drop
    let half = UInt64(1) << (drop - 1)
    let up = rest > half || rest == half && (low > 0 || kept % 2 == 1)
    // A carry out of the significand runs into the exponent field, as it should, up to infinity.
    return Double(bitPattern: UInt64(max(0, exponent + 1022)) << 52 + kept + (up ? 1 : 0))
  }

  /// The number in `range` from all its digits: long division of big integers, one bit at a time.
  private static func nearestSlowly(_ bytes: [UInt8], _ range: Range<Int>, exponent: Int) -> Double {
    var (numerator, denominator) = (BigNatural(0), BigNatural(1))
    var exponent = exponent
    var dropped: UInt8 = 0
    for i in range {
      let digit = bytes[i] &- UInt8(ascii: "0")
      if digit < 10 {
        // No tie between doubles has more than 767 digits: of those that follow it matters only whether all are zero.
        if numerator.bitCount < 2600 {
          numerator.multiply(by: 10, adding: UInt32(digit))
        } else {
          exponent += 1
          dropped |= digit
        }
      }
      if bytes[i] | 0x20 == UInt8(ascii: "e") { break }
    }
    if dropped != 0 {
      numerator.multiply(by: 10, adding: 1)
      exponent -= 1
    }
    for _ in 0..<exponent.magnitude {
      if exponent > 0 { numerator.multiply(by: 5) } else { denominator.multiply(by: 5) }
    }
    let shift = numerator.bitCount - denominator.bitCount
    if shift > 0 { denominator.shiftLeft(shift) } else { numerator.shiftLeft(-shift) }
    // Between a half and two; its first bit counts ones, 63 follow.
    var quotient: UInt64 = 0
    for _ in 0..<64 {
      quotient <<= 1
      if numerator.subtractIfNotLess(denominator) { quotient |= 1 }
      numerator.shiftLeft(1)
    }
    return rounded(quotient, numerator.bitCount == 0 ? 0 : 1, exponent: exponent + shift - 63 - 64)
  }
}

/// A natural number of any size: just what reading a decimal number needs.
private struct BigNatural {
  /// Low word first, without leading zeros.
  private var words: [UInt32]

  init(_ value: UInt32) { words = value == 0 ? [] : [value] }

  var bitCount: Int { words.count * 32 - (words.last?.leadingZeroBitCount ?? 0) }

  mutating func multiply(by factor: UInt32, adding addend: UInt32 = 0) {
    var carry = UInt64(addend)
    for i in words.indices {
      carry += UInt64(words[i]) * UInt64(factor)
      words[i] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  mutating func shiftLeft(_ count: Int) {
    multiply(by: 1 << UInt32(count % 32))
    if count >= 32, !words.isEmpty { words.insert(contentsOf: repeatElement(0, count: count / 32), at: 0) }
  }

  /// Subtracts `other` and says so, unless it is the larger one.
  mutating func subtractIfNotLess(_ other: BigNatural) -> Bool {
    if words.count != other.words.count {
      if words.count < other.words.count { return false }
    } else if let i = words.indices.last(where: { words[$0] != other.words[$0] }), words[i] < other.words[i] {
      return false
    }
    var borrow: Int64 = 0
    for i in words.indices {
      borrow += Int64(words[i]) - (i < other.words.count ? Int64(other.words[i]) : 0)
      words[i] = UInt32(truncatingIfNeeded: borrow)
      borrow >>= 32
    }
    while words.last == 0 { words.removeLast() }
    return true
  }
}
