import Foundation
import Objectives
import Testing
import Training

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
    ("Diagnosis", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Reporting"]),
    ("Quiz", ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Reporting", "Diagnosis"]),
    (
      "Debugging",
      [
        "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting", "Diagnosis",
        "Quiz",
      ]
    ),
    (
      "Player",
      [
        "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting", "Diagnosis",
        "Quiz", "Debugging",
      ]
    ),
    ("Transformers", ["Autodiff", "CKernels", "Synchronization", "Dispatch", "Glibc", "Darwin"]),
    (
      "Formats",
      ["Documents", "Foundation", "Synchronization", "Yams"]
    ),
  ]

  @Test(arguments: allowed.map(\.module))
  func aModuleImportsWhatIsBelow(module: String) throws {
    let allowed = try #require(Self.allowed.first { $0.module == module }).imports
    for (file, imported) in try Self.imports(in: "Sources/\(module)") {
      #expect(allowed.contains(imported), "\(module) may not import \(imported): \(file)")
    }
  }

  /// A module that a target names and does not import is built for nothing; one that it imports and does not name is
  /// sometimes built too late. Tests get some by way of others.
  @Test func aTargetNamesWhatItImports() throws {
    let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let modules = Set(
      try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path)
        .filter { $0.first?.isUppercase == true } + ["ArgumentParser", "Rainbow", "Yams"])
    let targets = manifest.split(separator: /(?m)^  \.\w+\(\s*name:\s/).dropFirst()
    #expect(targets.count > 30)
    for target in targets where target.contains("dependencies: ") {
      let names = target.matches(of: /(package: )?"([^"]+)"/).filter { $0.1 == nil }.map { String($0.2) }
      let isTest = FileManager.default.fileExists(atPath: Self.root.appending(path: "Tests/\(names[0])").path)
      let imported = Set(try Self.imports(in: (isTest ? "Tests/" : "Sources/") + names[0]).map(\.module))
      let named = modules.intersection(names.dropFirst())
      #expect(named.isSubset(of: imported), "\(names[0]) does not import \(named.subtracting(imported))")
      let missing = imported.intersection(modules).subtracting(named)
      #expect(isTest || missing.isEmpty, "\(names[0]) does not name \(missing)")
    }
  }

  /// Swift takes `Player.Session` for a part of a type of that name, so that no module's types could be told from others'.
  @Test func noTypeBearsItsModulesName() throws {
    let sources = Self.root.appending(path: "Sources")
    for module in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
      for file in Self.files(in: "Sources/\(module)") {
        let text = try String(contentsOf: file, encoding: .utf8)
        let declaration = try Regex("(?m)^(?:[a-z]+ )*(?:struct|enum|class|actor|protocol|typealias) \(module)\\b")
        #expect(text.firstMatch(of: declaration) == nil, "\(file.lastPathComponent) has a type named as its module")
      }
    }
  }

  /// What other layers want to know of an algorithm they ask it. What is left compares an option's value that has the same
  /// name, such as `advantage_estimator` grpo.
  @Test func algorithmsAreAskedAndNotComparedByName() throws {
    let names = Set((Algorithm.all.map(\.name) + Trainer.all.map(\.name)).map { $0.filter { $0 != "-" }.lowercased() })
      .union(["classicppo"])
    var found: [String] = []
    for file in Self.files(in: "Sources") where !file.path.contains("/Objectives/Algorithms/") {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /(?:==|!=) (?:\.|")([A-Za-z-]+)\b/) {
        let name = match.1.filter { $0 != "-" }.lowercased()
        if names.contains(name) { found.append("\(file.lastPathComponent): \(match.0)") }
      }
    }
    #expect(found.count <= 15, "\(found.joined(separator: "\n"))")
  }

  /// What serves one module lies beside it. SwiftPM's own file and what `make demo` leaves are in no commit.
  @Test func theTopLevelIsShort() throws {
    let entries = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter {
      !$0.hasPrefix(".") && $0 != "Package.resolved" && $0 != "build"
    }
    #expect(entries.count <= 13, "\(entries.sorted())")
  }

  private static let root = ArticleTests.root

  /// The Swift files of a folder; none where the package does not have it.
  private static func files(in folder: String) -> [URL] {
    let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
  }

  private static func imports(in folder: String) throws -> [(file: String, module: String)] {
    try files(in: folder).flatMap { file in
      let text = try String(contentsOf: file, encoding: .utf8)
      return text.matches(of: /(?m)^\s*(?:@?\w+ )*import (\w+)/).map { (file.lastPathComponent, String($0.1)) }
    }
  }
}
