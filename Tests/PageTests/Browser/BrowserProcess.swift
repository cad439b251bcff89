import Foundation

/// A Chromium without a window, its DevTools protocol on one socket, its profile in a folder of its own.
///
/// Chromium ends when the socket closes, and the shell that started it then removes the folder: nothing stays behind,
/// however the tests end.
final class BrowserProcess: @unchecked Sendable {
  /// Where commands are written and messages read.
  let socket: Int32
  private let process: pid_t
  private let errors: Int32
  private let folder: URL
  private let lock = NSLock()
  private var hasEnded = false

  init(_ executable: String) throws(BrowserError) {
    folder = FileManager.default.temporaryDirectory.appending(path: "gradus-browser-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw BrowserError("no folder for the browser's profile: \(error)")
    }
    // Only the descriptor stays of this file, so that it can be read after the folder has gone.
    let errorFile = folder.appending(path: "errors").path
    let opened = open(errorFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    errors = Self.moved(opened)
    unlink(errorFile)
    let (ours, theirs) = try Self.sockets()
    socket = ours
    process = try Self.spawn(
      ["/bin/sh", "-c", Self.script, folder.path, executable] + Self.options(profile: folder),
      descriptors: [2: errors, 3: theirs, 4: theirs])
    close(theirs)
  }

  // Processes of the browser that are still ending may write into the folder while it is removed.
  private static let script = """
    "$@" </dev/null >/dev/null
    for attempt in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" 2>/dev/null && break; sleep 0.2; done
    """

  private static func options(profile folder: URL) -> [String] {
    let options = [
      "--headless=new", "--remote-debugging-pipe", "--user-data-dir=\(folder.path)/profile", "--no-first-run",
      "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
      "--password-store=basic", "--use-mock-keychain", "--force-color-profile=srgb",
      // A page that nobody looks at must not run slower.
      "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
      "--disable-renderer-backgrounding",
    ]
    return options + (geteuid() == 0 ? ["--no-sandbox"] : []) + ["about:blank"]
  }

  /// The last lines that the browser wrote to its standard error, but for those about what no test needs.
  var complaints: String {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = max(0, pread(errors, &bytes, bytes.count, 0))
    let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    return lines.filter { !$0.contains("/dbus/") && !$0.contains(":dbus/") }.suffix(12).joined(separator: "\n")
  }

  /// Ends the browser, by force if it does not go within five seconds.
  func end() {
    lock.lock()
    defer { lock.unlock() }
    guard !hasEnded else { return }
    hasEnded = true
    shutdown(socket, Int32(SHUT_RDWR))
    for _ in 0..<250 {
      if waitpid(process, nil, WNOHANG) != 0 { return }
      usleep(20_000)
    }
    kill(-process, SIGKILL)
    waitpid(process, nil, 0)
    try? FileManager.default.removeItem(at: folder)
  }
}

extension BrowserProcess {
  /// A pair of connected sockets which no other program inherits.
  private static func sockets() throws(BrowserError) -> (ours: Int32, theirs: Int32) {
    var pair: [Int32] = [-1, -1]
    #if os(Linux)
      let status = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair)
    #else
      let status = socketpair(AF_UNIX, SOCK_STREAM, 0, &pair)
    #endif
    guard status == 0 else { throw BrowserError("no socket for the browser: \(String(cString: strerror(errno)))") }
    #if !os(Linux)
      var yes: Int32 = 1
      setsockopt(pair[0], SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
    #endif
    return (moved(pair[0]), moved(pair[1]))
  }

  /// A descriptor away from the numbers that the browser expects: each of those is overwritten in the child while others
  /// are still needed.
  private static func moved(_ descriptor: Int32) -> Int32 {
    defer { close(descriptor) }
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 16)
  }

  /// Starts a program in a process group of its own with these descriptors (child's number: ours).
  private static func spawn(_ arguments: [String], descriptors: [Int32: Int32]) throws(BrowserError) -> pid_t {
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
    #else
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
      let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (theirs, ours) in descriptors { posix_spawn_file_actions_adddup2(&actions, ours, theirs) }
    // A thread of a pool may have signals blocked, and a child would inherit that.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, arguments[0], &actions, &attributes, &argv, &envp)
    guard status == 0 else {
      throw BrowserError("cannot start \(arguments[0]): \(String(cString: strerror(status)))")
    }
    return process
  }
}
