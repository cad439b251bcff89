import Documents
import Notebooks

/// What a kernel says about itself.
public struct KernelInfo: Sendable {
  private let version: String
  /// The path of the program, for the banner.
  private let program: String

  public init(version: String, program: String) {
    self.version = version
    self.program = program
  }

  var reply: Outgoing {
    Outgoing("kernel_info_reply") { json in
      json.member("status", "ok")
      json.member("protocol_version", Wire.version)
      json.member("implementation", "gradus")
      json.member("implementation_version", version)
      json.key("language_info")
      json.beginObject()
      JupyterLanguage.write(to: &json)
      json.member("version", version)
      json.endObject()
      json.member(
        "banner",
        """
        Gradus, a time-travel debugger for the algorithms that align language models (\(program.visible))
        open ppo begins, help lists the commands; a cell that begins with %%sh is a script.
        """)
      json.member("debugger", false)
      json.member("help_links", strings: [])
    }
  }
}
