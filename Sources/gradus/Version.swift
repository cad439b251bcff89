/// This release of Gradus; packages and manual pages read it from here.
enum Version {
  static let number = "0.1.0"
  /// The date of the release, as in manual pages.
  static let date = "2026-11-25"
}
