import Foundation
import Testing

/// Dependencies point down only, and the engine imports nothing but itself: SwiftPM would let both pass.
@Suite struct LayerTests {
  /// What a module may import, of the engine and else.
  private static let allowed: [(module: String, imports: Set<String>)] = [
    ("Autodiff", []),
    ("Objectives", ["Autodiff"]),
    ("Documents", []),
    ("Formulas", ["Autodiff", "Documents"]),
    ("Recording", ["Autodiff", "Documents", "Formulas"]),
    ("Simulation", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording"]),
    ("Plots", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation"]),
    ("Reporting", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots"]),
    (
      "Debugging", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting"]
    ),
    (
      "Player",
      ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting", "Debugging"]
    ),
    ("Transformers", ["Autodiff", "CKernels", "Synchronization", "Dispatch", "Glibc", "Darwin"]),
    (
      "Formats",
      ["Documents", "Foundation", "Synchronization", "Yams"]
    ),
  ]

  @Test(arguments: allowed.map(\.module))
  func aModuleImportsWhatIsBelow(module: String) throws {
    let folder = ArticleTests.root.appending(path: "Sources/\(module)")
    // A module that the package does not have yet has no files.
    guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return }
    let allowed = try #require(Self.allowed.first { $0.module == module }).imports
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /(?m)^\s*(?:@?\w+ )*import (\w+)/) {
        let imported = String(match.1)
        #expect(allowed.contains(imported), "\(module) may not import \(imported): \(file.lastPathComponent)")
      }
    }
  }
}
