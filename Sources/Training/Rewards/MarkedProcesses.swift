internal import Foundation

/// The processes that a command has started, also those in sessions of their own, which its group does not hold: they have
/// inherited a mark in their environment.
enum MarkedProcesses {
  static let variable = "GRADUS_CHILD"

  /// Ends them at once, where the system tells the environments of processes, as Linux does.
  static func end(_ mark: String) {
    // One may start another meanwhile, which then is found in the next round.
    for _ in 0..<10 {
      let found = all(mark)
      if found.isEmpty { return }
      for process in found { kill(process, SIGKILL) }
    }
  }

  private static func all(_ mark: String) -> [pid_t] {
    let wanted = Array("\(variable)=\(mark)".utf8)
    return RunFile.entries("/proc").compactMap { pid_t($0) }.filter { process in
      guard let environment = try? RunFile.read("/proc/\(process)/environ") else { return false }
      return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }
  }
}
