import ArgumentParser

/// `gradus manual`: the manual pages, for whoever installs or packages the program.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual pages, made from the commands' own help.",
    usage: "gradus manual --output DIR",
    discussion: "Example:  gradus manual --output man && man man/gradus.1",
    shouldDisplay: false)

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "DIR"), completion: .directory)
  var output: String

  func run() throws {
    let pages = try ManualPages.all()
    try OutputFile.makeFolder(output)
    for page in pages { try OutputFile.write(page.text, to: "\(output)/\(page.file)") }
    try Output.write("wrote \(pages.count) pages to \(output)\n")
  }
}
