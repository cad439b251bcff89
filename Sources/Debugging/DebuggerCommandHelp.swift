/// The help of one of the debugger's commands, for manual pages.
public struct DebuggerCommandHelp: Sendable {
  /// The command with what it takes: `step [N]`.
  public let usage: String
  /// What can be typed instead of its name.
  public let short: [String]
  public let summary: String
  /// Further lines; may be empty.
  public let detail: String
}

extension Session {
  /// The commands in the order in which `help` lists them.
  public static var commandHelp: [DebuggerCommandHelp] {
    Command.allCases.map { command in
      let description = command.description
      return DebuggerCommandHelp(
        usage: description.usage, short: description.short, summary: description.summary, detail: description.detail)
    }
  }
}
