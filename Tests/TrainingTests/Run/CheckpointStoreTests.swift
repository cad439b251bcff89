import Foundation
import Reporting
import Testing

@testable import Training

@Suite struct CheckpointStoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func store(limit: Int = 0) -> CheckpointStore { CheckpointStore(folder: folder.path, limit: limit) }

  private func save(_ step: Int, limit: Int = 0, text: String = "weights") throws {
    try store(limit: limit).save(step: step) { path throws(TrainingError) in
      try RunFile.write(text, to: path + "/model.safetensors")
      try RunFile.makeFolder(path + "/critic")
      try RunFile.write("critic", to: path + "/critic/model.safetensors")
    }
  }

  @Test func theChecksumIsTheFingerprint() throws {
    for text in ["", "a", String(repeating: "gradus", count: 300_000)] {
      try folder.write(text, "file")
      let checksum = try FileChecksum(of: folder.path + "/file")
      #expect(checksum.digits == Fingerprint.fnv1a64(text))
      #expect(checksum.size == text.utf8.count)
    }
  }

  @Test func theLatestIsFoundAndIsWhole() throws {
    #expect(try store().latest() == nil)
    try save(5)
    try save(100)
    try save(20)
    #expect(folder.entries == ["checkpoint-000005", "checkpoint-000020", "checkpoint-000100"])
    #expect(try store().latest() == .init(step: 100, path: folder.path + "/checkpoint-000100"))
    #expect(try folder.text("checkpoint-000100/checksums.json").contains("\"critic/model.safetensors\": {"))
  }

  @Test func onlySoManyAreKept() throws {
    for step in 1...5 { try save(step, limit: 2) }
    #expect(store().steps == [4, 5])
  }

  @Test func theBestOneIsKeptBesideThem() throws {
    for step in 1...5 {
      try store(limit: 2).save(step: step, keeping: step == 1 ? nil : 2) { path throws(TrainingError) in
        try RunFile.write("weights", to: path + "/model.safetensors")
      }
    }
    #expect(store().steps == [2, 4, 5])
  }

  @Test func aStepIsSavedAgain() throws {
    try save(1)
    try save(1, text: "others")
    #expect(folder.entries == ["checkpoint-000001"])
    #expect(try store().latest()?.step == 1)
    #expect(try folder.text("checkpoint-000001/model.safetensors") == "others")
  }

  @Test(arguments: [
    ("weightz", "model.safetensors is not what was saved: its checksum differs"),
    ("weight", "model.safetensors has 6 bytes instead of 7"),
  ])
  func aDamagedOneIsRefusedAndTheLastGoodOneOffered(text: String, damage: String) throws {
    try save(1)
    try save(2)
    try save(3)
    try folder.write("{", "checkpoint-000002/checksums.json")
    try folder.write(text, "checkpoint-000003/model.safetensors")
    let error = #expect(throws: TrainingError.self) { try store().latest() }
    let expected =
      "\(folder.path)/checkpoint-000003 is damaged: \(damage); "
      + "remove that folder to go on from checkpoint-000001, which is whole"
    #expect(error == TrainingError(.badData, expected))
  }

  @Test func missingFilesAreDamage() throws {
    try save(1)
    try FileManager.default.removeItem(atPath: folder.path + "/checkpoint-000001/critic")
    let error = #expect(throws: TrainingError.self) { try store().latest() }
    #expect(
      error?.message == "\(folder.path)/checkpoint-000001 is damaged: critic/model.safetensors is missing; "
        + "no earlier checkpoint is whole, so start the run again in another folder")
    try FileManager.default.removeItem(atPath: folder.path + "/checkpoint-000001/checksums.json")
    let second = #expect(throws: TrainingError.self) { try store().latest() }
    #expect(second?.message.contains("checksums.json is missing") == true)
  }

  @Test func whatAKilledWriterLeftIsIgnoredAndRemoved() throws {
    try save(1)
    // No process has this number: Linux ends at 4194304, macOS at 99999.
    let beside = folder.path + "/.checkpoint-000002.tmp-2000000000"
    try FileManager.default.createDirectory(atPath: beside, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.checkpoint-000003.tmp-1", withIntermediateDirectories: true)
    #expect(try store().latest()?.step == 1)
    // Process 1 runs, and might still be writing.
    #expect(folder.entries == [".checkpoint-000003.tmp-1", "checkpoint-000001"])
  }

  @Test func whatSteppedAsideComesBack() throws {
    try save(1)
    rename(folder.path + "/checkpoint-000001", folder.path + "/.checkpoint-000001.old-2000000000")
    #expect(try store().latest()?.step == 1)
  }

  @Test func whatCannotBeSavedLeavesNothingBehind() throws {
    try save(1, limit: 1)
    let error = #expect(throws: TrainingError.self) {
      try store(limit: 1).save(step: 2) { path throws(TrainingError) in
        try RunFile.write("half", to: path + "/model.safetensors")
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        try RunFile.append([1], to: full, path + "/optimizer.safetensors")
      }
    }
    #expect(error?.kind == .writeFailed)
    #expect(error?.message.hasPrefix("\(folder.path)/checkpoint-000002 was not saved: ") == true)
    #expect(
      error?.message.hasSuffix("cannot be written: No space left on device; checkpoint-000001 is still there") == true)
    #expect(folder.entries == ["checkpoint-000001"])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting needs root")) func aFullDiskLeavesTheLastGoodOne() throws {
    let disk = try SmallDisk(at: folder.path + "/disk", kilobytes: 256)
    defer { disk.unmount() }
    let store = CheckpointStore(folder: disk.path, limit: 1)
    func save(_ step: Int, bytes: Int) throws {
      try store.save(step: step) { path throws(TrainingError) in
        try RunFile.write(String(repeating: "x", count: bytes), to: path + "/model.safetensors")
      }
    }
    try save(1, bytes: 100_000)
    let error = #expect(throws: TrainingError.self) { try save(2, bytes: 200_000) }
    #expect(error?.kind == .writeFailed)
    #expect(error?.message.contains("No space left on device") == true)
    #expect(RunFile.entries(disk.path) == ["checkpoint-000001"])
    #expect(try store.latest()?.step == 1)
  }

  @Test func aMissingOneIsNamedBesideThoseThatAreThere() throws {
    try save(3)
    let error = #expect(throws: TrainingError.self) { try store().checkpoint(step: 4) }
    #expect(
      error
        == TrainingError(
          .missingInput, "\(folder.path)/checkpoint-000004: there is no such checkpoint; there are checkpoint-000003"))
  }
}

/// A file system in memory that is soon full.
private struct SmallDisk {
  let path: String

  static let isPossible: Bool = {
    guard geteuid() == 0, let probe = try? TemporaryFolder(),
      let disk = try? SmallDisk(at: probe.path + "/disk", kilobytes: 64)
    else { return false }
    disk.unmount()
    return true
  }()

  init(at path: String, kilobytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path])
  }

  func unmount() { try? Self.run("/bin/umount", [path]) }

  private static func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw TrainingError(.usage, "\(program) failed") }
  }
}
