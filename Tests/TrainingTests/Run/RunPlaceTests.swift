import Foundation
import Testing

@testable import Training

/// A run's folder that does not stay where it is.
@Suite struct RunPlaceTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/run" }
  private var other: String { folder.path + "/elsewhere" }
  private let place: RunPlace

  init() throws {
    folder = try TemporaryFolder()
    try RunFile.makeFolder(folder.path + "/run")
    place = try RunPlace(folder.path + "/run")
  }

  /// The path as the system tells it: a temporary folder's may have a link in it, or two slashes.
  private static func whole(_ path: String) throws -> String {
    let found = try #require(realpath(path, nil))
    defer { free(found) }
    return String(cString: found)
  }

  private var complaint: String? { #expect(throws: TrainingError.self) { try place.check() }?.message }

  @Test func aFolderThatStaysIsFine() throws {
    try place.check()
    try folder.write("", "run/config.yaml")
    try place.check()
  }

  @Test func aMovedFolderIsFound() throws {
    #expect(rename(path, other) == 0)
    let now = try Self.whole(other)
    let told = """
      \(path): the run's folder was moved to \(now) while it trained; --output \(now) --resume goes on from its last \
      checkpoint
      """
    #expect(complaint == told)
    // Another one in its place is not the run's.
    try RunFile.makeFolder(path)
    #expect(complaint == told)
    RunFile.remove(path)
    #expect(rename(other, path) == 0)
    try place.check()
  }

  @Test func aRemovedFolderIsMissed() throws {
    RunFile.remove(path)
    #expect(complaint == "\(path): the run's folder was removed while it trained; begin it again")
  }

  /// It ends after the step that is under way, no second folder appears, and it goes on where it is now.
  @Test func aRunEndsWhereItsFolderIsMoved() throws {
    let run = try SmallRun(.sft)
    let (old, new) = (run.path(), run.path("moved"))
    let configuration = try run.configuration(["max_steps=4", "save_steps=1", "record=1"])
    let error = #expect(throws: TrainingError.self) {
      try TrainingSession.train(
        configuration, in: old, resuming: false,
        say: { line in
          if line.contains("4 steps") { #expect(rename(old, new) == 0) }
        })
    }
    #expect(try error?.message.hasPrefix("\(old): the run's folder was moved to \(Self.whole(new))") == true)
    #expect(!RunFile.exists(old))
    #expect(try TrainingSession.train(configuration, in: new, resuming: true))
  }
}
