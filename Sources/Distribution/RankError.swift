/// Why ranks cannot train together.
public struct RankError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  /// `EX_TEMPFAIL` of sysexits.h: the others are gone, and the same command may succeed later.
  public static let lost: Int32 = 75
}
