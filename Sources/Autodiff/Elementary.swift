/// Exponential and logarithm with the same bits on every platform.
///
/// The C library's functions differ in the last bit between glibc, Apple's libm and a browser; these use only `+ − × ÷`
/// and bit manipulation, in a fixed order, so a recording made in one place can be compared bit for bit with one made
/// elsewhere. The error of `exp`, `log` and `log1p` stays below one unit in the last place.
///
/// The algorithms and coefficients are FDLIBM's (`e_exp.c`, `e_log.c`, `s_log1p.c`; Copyright 1993, 2004 Sun Microsystems,
/// Inc., permission to use, copy, modify and distribute freely granted, provided that this notice is preserved).
/// Every NaN returned is the same quiet NaN, since hardware disagrees about the sign and payload of a computed one.
public enum Elementary {
  // ln 2 in two parts: the first ends in 21 zero bits, so that its product with an exponent is exact.
  private static let ln2High = Double(bitPattern: 0x3fe6_2e42_fee0_0000)
  private static let ln2Low = Double(bitPattern: 0x3dea_39ef_3579_3c76)

  /// The exponential of `x`.
  ///
  /// With `x = k·ln 2 + r` and `|r| ≤ ln 2 / 2`, `exp x = 2^k · exp r`, where a Remez polynomial `c(r)` gives
  ///
  ///                        r · c
  ///     exp r  =  1 + r + ───────
  ///                        2 − c
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x > 709.782712893383973096 { return .infinity }
    if x < -745.13321910194110842 { return 0 }
    let size = x.magnitude
    if size < 0x1p-28 { return 1 + x }

    var k = 0
    if size > 0.5 * ln2High {
      let inverseLn2 = Double(bitPattern: 0x3ff7_1547_652b_82fe)
      // Conversion, since `rounded` calls the C library on some processors.
      k = Int(inverseLn2 * x + (x < 0 ? -0.5 : 0.5))
    }
    let high = x - Double(k) * ln2High
    let low = Double(k) * ln2Low
    let r = high - low
    let rr = r * r
    let c =
      r
      - rr
      * (Double(bitPattern: 0x3fc5_5555_5555_553e)
        + rr
        * (Double(bitPattern: 0xbf66_c16c_16be_bd93)
          + rr
          * (Double(bitPattern: 0x3f11_566a_af25_de2c)
            + rr * (Double(bitPattern: 0xbebb_bd41_c5d2_6bf1) + rr * Double(bitPattern: 0x3e66_3769_72be_a4d0)))))
    let y = 1 + (r * c / (2 - c) - low + high)
    return scaled(y, by: k)
  }

  /// The natural logarithm of `x`: NaN below zero, −∞ at zero.
  ///
  /// With `x = 2^k (1 + f)` and `√½ ≤ 1 + f < √2`, `log x = k·ln 2 + log(1 + f)`.
  public static func log(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    let isSubnormal = x < .leastNormalMagnitude
    let (k, f) = splitAroundOne(isSubnormal ? x * 0x1p54 : x)
    return logOnePlus(f, exponent: isSubnormal ? k - 54 : k, correction: 0)
  }

  /// The natural logarithm of `1 + x`, accurate where `x` is near zero: NaN below −1, −∞ at −1.
  ///
  /// `u = 1 + x` rounds; its logarithm is corrected by the first-order term `(1 + x − u) / u`.
  public static func log1p(_ x: Double) -> Double {
    if x.isNaN || x < -1 { return .nan }
    if x == -1 { return -.infinity }
    if x == .infinity || x.magnitude < 0x1p-53 { return x }
    // No splitting, hence no rounding of 1 + x, while 1 + x lies in [√½, √2).
    if x > -0.292893 && x < 0.414213 { return logOnePlus(x, exponent: 0, correction: 0) }
    let u = 1 + x
    let (k, f) = splitAroundOne(u)
    let correction = k >= 54 ? 0 : (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u
    return logOnePlus(f, exponent: k, correction: correction)
  }

  /// `e^x − 1`, accurate where `x` is near zero.
  ///
  /// `u = e^x` rounds; `(u − 1) · x / log u` makes up for it, since `(u − 1) / log u` changes slowly near `u = 1` (Kahan;
  /// Higham 2002, section 1.14.1).
  public static func expm1(_ x: Double) -> Double {
    if x.magnitude > 1 { return exp(x) - 1 }
    let u = exp(x)
    return u == 1 ? x : (u - 1) * x / log(u)
  }

  /// `k` and `f` such that `x = 2^k (1 + f)` with `1 + f` in `[√½, √2)`, for a normal positive `x`.
  private static func splitAroundOne(_ x: Double) -> (k: Int, f: Double) {
    // Adding the distance from √½ to 1 carries into the exponent exactly when the significand is at least √2. Only the
    // high word takes part, as in the original.
    let high = UInt32(truncatingIfNeeded: x.bitPattern >> 32) + (0x3ff0_0000 - 0x3fe6_a09e)
    let k = Int(high >> 20) - 0x3ff
    let significand = UInt64((high & 0x000f_ffff) + 0x3fe6_a09e) << 32 | x.bitPattern & 0xffff_ffff
    return (k, Double(bitPattern: significand) - 1)
  }

  /// `log(1 + f) + exponent · ln 2 + correction`.
  ///
  /// With `s = f / (2 + f)`, `log(1 + f) = 2s + 2s³/3 + 2s⁵/5 + … = f − f²/2 + s (f²/2 + R(s²))`.
  private static func logOnePlus(_ f: Double, exponent: Int, correction: Double) -> Double {
    let halfSquare = 0.5 * f * f
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even =
      w
      * (Double(bitPattern: 0x3fd9_9999_9997_fa04)
        + w * (Double(bitPattern: 0x3fcc_71c5_1d8e_78af) + w * Double(bitPattern: 0x3fc3_9a09_d078_c69f)))
    let odd =
      z
      * (Double(bitPattern: 0x3fe5_5555_5555_5593)
        + w
        * (Double(bitPattern: 0x3fd2_4924_9422_9359)
          + w * (Double(bitPattern: 0x3fc7_4664_96cb_03de) + w * Double(bitPattern: 0x3fc2_f112_df3e_5244))))
    let k = Double(exponent)
    return s * (halfSquare + (even + odd)) + (k * ln2Low + correction) - halfSquare + f + k * ln2High
  }

  /// `y · 2^k`, rounding at most once more than `y` did, for `y` near one and every `k` that `exp` needs.
  private static func scaled(_ y: Double, by k: Int) -> Double {
    if k > 1023 { return y * 0x1p1023 * 2 }
    if k < -1021 { return y * powerOfTwo(k + 1000) * 0x1p-1000 }
    return y * powerOfTwo(k)
  }

  private static func powerOfTwo(_ k: Int) -> Double { Double(bitPattern: UInt64(k + 1023) << 52) }
}
