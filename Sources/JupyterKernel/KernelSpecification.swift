public import Documents

/// What Jupyter finds of a kernel in a folder: how it is started, and its picture.
public struct KernelSpecification: Sendable {
  /// The folder's name, by which notebooks ask for the kernel.
  public let name: String
  /// The program's absolute path.
  private let program: String

  public init(name: String, program: String) {
    self.name = name
    self.program = program
  }

  /// Jupyter finds no others.
  public static func isValid(name: String) -> Bool {
    !name.isEmpty
      && name.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar))
      }
  }

  /// Whether a `kernel.json` is of this program, or of an earlier one of its kind.
  public static func isOurs(_ document: Document) -> Bool {
    let fields = try? document.object()
    return (try? fields?.optional("language")?.string()) == "gradus"
  }

  /// The files of the folder, by name.
  public var files: [(name: String, text: String)] { [("kernel.json", json), ("logo-svg.svg", Self.logo)] }

  private var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("argv", strings: [program, "kernel", "run", "--connection-file", "{connection_file}"])
    json.member("display_name", name == "gradus" ? "Gradus" : "Gradus (\(name))")
    json.member("language", "gradus")
    // While a command of the debugger runs, nothing but a message reaches the kernel.
    json.member("interrupt_mode", "message")
    json.endObject()
    return json.text + "\n"
  }

  /// Steps up, and one back: the hues are those of a positive advantage and of a clipped one.
  private static let logo = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
    <title>Gradus</title>
    <path d="M8 56V44h16V32h16V20h16v36z" fill="#0063A0"/>
    <path d="M50 10H26m8-7-8 7 8 7" fill="none" stroke="#9C2C77" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>
    </svg>

    """
}
