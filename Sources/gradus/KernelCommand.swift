import ArgumentParser
import Debugging
import Documents
import Formats
import Foundation
import JupyterKernel
import Notebooks

/// `gradus kernel`: the debugger in Jupyter.
struct KernelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Give Jupyter a kernel whose cells are the debugger's commands.",
    usage: "gradus kernel install|uninstall|run",
    discussion: """
      Its cells are those of `gradus notebook`: commands of the debugger, or a script behind %%sh. It needs a gradus \
      that was built with ZeroMQ: swift build -c release --traits Jupyter.

      Example:  gradus kernel install
      """,
    subcommands: [InstallKernel.self, UninstallKernel.self, RunKernel.self])

  #if Jupyter
    static func requireJupyter() throws {}
  #else
    static func requireJupyter() throws {
      throw CommandError(
        .usage,
        """
        this gradus was built without Jupyter: install ZeroMQ (apt install libzmq3-dev, or brew install zeromq) and \
        build it with swift build -c release --traits Jupyter
        """)
    }
  #endif
}

/// Where a kernel is, for Jupyter to find.
struct KernelPlace: ParsableArguments {
  @Flag(help: "For you alone; this is what happens without any of these.")
  var user = false

  @Option(help: ArgumentHelp("Below a folder, in share/jupyter.", valueName: "DIR"))
  var prefix: String?

  @Flag(help: "In the Python environment that is active (venv or conda).")
  var sysPrefix = false

  @Option(help: ArgumentHelp("What notebooks call the kernel.", valueName: "NAME"))
  var name = "gradus"

  func validate() throws {
    guard (user ? 1 : 0) + (sysPrefix ? 1 : 0) + (prefix == nil ? 0 : 1) <= 1 else {
      throw ValidationError("choose one of --user, --prefix and --sys-prefix")
    }
    guard KernelSpecification.isValid(name: name) else {
      throw ValidationError("--name is letters, digits, '.', '_' and '-', for that is what Jupyter finds")
    }
  }

  /// The kernel's folder.
  func folder() throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let data: String
    if let prefix {
      data = URL(filePath: prefix).appending(path: "share/jupyter").path
    } else if sysPrefix {
      guard let active = environment["VIRTUAL_ENV"] ?? environment["CONDA_PREFIX"], !active.isEmpty else {
        throw CommandError(
          .usage, "no Python environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set): name it with --prefix"
        )
      }
      data = active + "/share/jupyter"
    } else {
      guard let folder = JupyterFolder.data(environment: environment) else {
        throw CommandError(.usage, "no home folder is known: name a place with --prefix, or set JUPYTER_DATA_DIR")
      }
      data = folder
    }
    return "\(data)/kernels/\(name)"
  }

  /// Whether there is a kernel of ours; another one is not to be touched.
  func isTaken(_ folder: String) throws -> Bool {
    let path = "\(folder)/kernel.json"
    guard let data = FileManager.default.contents(atPath: path) else { return false }
    let document = try? JSONReader.read([UInt8](data))
    guard let document, KernelSpecification.isOurs(document) else {
      throw CommandError(.usage, "\(path) is of another kernel: choose another --name")
    }
    return true
  }
}

struct InstallKernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Tell Jupyter how to start this program.",
    usage: "gradus kernel install [--user | --prefix DIR | --sys-prefix] [--name NAME]",
    discussion: """
      Without options it is for you alone: in JUPYTER_DATA_DIR if that is set, else in ~/.local/share/jupyter, or on \
      macOS in ~/Library/Jupyter.
      """)

  @OptionGroup var place: KernelPlace

  func run() throws {
    try KernelCommand.requireJupyter()
    let folder = try place.folder()
    let wasThere = try place.isTaken(folder)
    let program = JupyterFolder.programAsCalled
    try OutputFile.makeFolder(folder)
    for file in KernelSpecification(name: place.name, program: program).files {
      try OutputFile.write(file.text, to: "\(folder)/\(file.name)")
    }
    try Output.write(
      """
      \(wasThere ? "replaced" : "wrote") \(folder)
      The kernel '\(place.name)' runs \(program).
      Open a notebook with it:      jupyter lab       (choose Gradus)
      Or a prompt in the terminal:  jupyter console --kernel \(place.name)
      A notebook to begin with:     gradus notebook export notebooks-md/dpo.md

      """)
    if !JupyterFolder.isInstalled { try Output.write("Jupyter itself is not in PATH: pip install jupyterlab\n") }
  }
}

struct UninstallKernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall", abstract: "Remove what install has written.",
    usage: "gradus kernel uninstall [--user | --prefix DIR | --sys-prefix] [--name NAME]")

  @OptionGroup var place: KernelPlace

  func run() throws {
    let folder = try place.folder()
    guard try place.isTaken(folder) else {
      throw CommandError(.missingInput, "there is no kernel in \(folder); jupyter kernelspec list tells where they are")
    }
    for file in KernelSpecification(name: place.name, program: "").files {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(file.name)")
    }
    // What somebody else has put there stays.
    rmdir(folder)
    guard !FileManager.default.fileExists(atPath: "\(folder)/kernel.json") else {
      throw CommandError(.writeFailed, "\(folder)/kernel.json cannot be removed: \(SystemError.latest.reason)")
    }
    try Output.write("removed \(folder)\n")
  }
}

struct RunKernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Be the kernel; Jupyter calls this.",
    usage: "gradus kernel run --connection-file FILE",
    discussion: "It listens where the file says and nowhere else. Relative paths begin in the current folder.")

  @Option(help: ArgumentHelp("What Jupyter has written about ports and keys.", valueName: "FILE"))
  var connectionFile: String

  func run() throws {
    try KernelCommand.requireJupyter()
    #if Jupyter
      let connection = try readConnection()
      let interruption = CellInterruption()
      let info = KernelInfo(version: Version.number, program: URL.thisProgram.path)
      do throws(ServerError) {
        let server = try Server(connection, info: info, interruption: interruption)
        server.run({ try Interpreter(info, interruption) }, complain: { Output.complain("gradus kernel: \($0)") })
      } catch {
        throw CommandError(.badData, "\(connectionFile): \(error.message)")
      }
    #endif
  }

  private func readConnection() throws -> Connection {
    guard let data = FileManager.default.contents(atPath: connectionFile) else {
      throw CommandError(
        .missingInput, "there is no connection file '\(connectionFile)', or it cannot be read; Jupyter writes one")
    }
    do throws(DocumentError) {
      return try Connection(try JSONReader.read([UInt8](data)))
    } catch {
      throw CommandError(error, in: connectionFile)
    }
  }
}

#if Jupyter
  extension Interpreter {
    /// For the folder that Jupyter has started the program in, which is that of the notebook.
    fileprivate convenience init(_ info: KernelInfo, _ interruption: CellInterruption) throws {
      let folder = NotebookFolder(url: URL(filePath: FileManager.default.currentDirectoryPath))
      // There is no limit but the user, who can interrupt a cell.
      let kernel = try Kernel(
        folder: folder.url, program: .thisProgram, limit: .infinity, interruption: interruption,
        opening: Session.opening, overrun: { _ in })
      self.init(
        kernel: kernel, info: info,
        draw: { picture throws(FileTrouble) in try Self.naming { try NotebookFolder.svg(picture) } },
        write: { request throws(FileTrouble) in try Self.naming { try folder.write(request) } })
    }

    private static func naming<Value>(_ work: () throws -> Value) throws(FileTrouble) -> Value {
      do {
        return try work()
      } catch let error as CommandError {
        throw FileTrouble(error.message)
      } catch {
        throw FileTrouble(error.localizedDescription)
      }
    }
  }
#endif
