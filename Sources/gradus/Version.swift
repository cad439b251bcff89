import CEmbedded

/// This release of Gradus; packages and manual pages read it from here.
enum Version {
  static let number = "0.1.0"
  /// The date of the release, as in manual pages.
  static let date = "2026-11-25"

  /// The number, and of which commit it was built where that is known: `0.1.0 (1a2b3c4)`.
  static var text: String {
    let commit = String(cString: gradus_commit)
    return commit.isEmpty ? number : "\(number) (\(commit))"
  }
}
