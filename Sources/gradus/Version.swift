/// Which release of Gradus this is; packages and manual pages read it from here.
enum Version {
  static let number = "0.1.0"
  /// When that was, as manual pages write it.
  static let date = "2026-11-25"
}
