internal import Foundation
internal import Synchronization

/// A shell command in a process group of its own, with pipes to its input, output and errors that never block.
struct ChildProcess: Sendable {
  let id: pid_t
  let input: Int32
  let output: Int32
  let errors: Int32
  /// By which the processes that it starts are known.
  private let mark: String

  /// Starts `/bin/sh -c command`; throws with the reason.
  init(command: String) throws(ChildError) {
    self = try Self.starting.withLock { (_) throws(ChildError) in try Self(startingAlone: command) }
  }

  /// Held between opening a pipe and marking it as private, so that no other child starts and inherits it.
  private static let starting = Mutex(())

  private init(startingAlone command: String) throws(ChildError) {
    var pipes: [Pipe] = []
    mark = UUID().uuidString
    do throws(ChildError) {
      for _ in 0..<3 { pipes.append(try Pipe()) }
      id = try Self.spawn(command, mark, standard: [pipes[0].reading, pipes[1].writing, pipes[2].writing])
    } catch {
      for pipe in pipes { pipe.close() }
      throw error
    }
    // The child has its own copies; an end left open here would hide that the child closed its own.
    for descriptor in [pipes[0].reading, pipes[1].writing, pipes[2].writing] { close(descriptor) }
    (input, output, errors) = (pipes[0].writing, pipes[1].reading, pipes[2].reading)
    for descriptor in [input, output, errors] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    Interruption.started(id)
  }

  private static func spawn(_ command: String, _ mark: String, standard: [Int32]) throws(ChildError) -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (target, descriptor) in standard.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }
    // Its own group, so that all it starts can be ended with it, and Ctrl-C reaches the trainer alone.
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGXFSZ] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)

    let arguments = copies(["/bin/sh", "-c", command])
    var variables = ProcessInfo.processInfo.environment
    variables[MarkedProcesses.variable] = mark
    let environment = copies(variables.map { "\($0.key)=\($0.value)" })
    defer { for text in arguments + environment { free(text) } }
    var id: pid_t = 0
    let code = posix_spawn(&id, "/bin/sh", &actions, &attributes, arguments, environment)
    guard code == 0 else { throw ChildError(code: code) }
    return id
  }

  /// The texts as C strings, ended by nil; the caller frees them.
  private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }

  /// Whether it has ended; its exit status can still be collected.
  var hasExited: Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) != 0 || information.si_signo != 0
  }

  /// Waits for it to end by itself.
  func waitForExit(seconds: Double) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !hasExited {
      if ContinuousClock.now >= deadline { return false }
      usleep(2_000)
    }
    return true
  }

  /// Ends it and all that it started at once, collects the exit status and closes the pipes. To be called once.
  ///
  /// The group is ended before the status is collected: until then its number cannot be reused.
  func end() -> ExitStatus {
    kill(-id, SIGKILL)
    MarkedProcesses.end(mark)
    Interruption.ended(id)
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    for descriptor in [input, output, errors] { close(descriptor) }
    return ExitStatus(status)
  }
}

/// How a process ended.
enum ExitStatus: Equatable, CustomStringConvertible {
  case code(Int32)
  case signal(Int32)

  /// - Parameter status: As `waitpid` gives it; the macros that decode it are not available in Swift.
  init(_ status: Int32) { self = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f) }

  var description: String {
    switch self {
    case .code(let code): "exit code \(code)"
    case .signal(let signal): "signal \(signal)"
    }
  }
}

/// Why the system refused.
struct ChildError: Error {
  let code: Int32
  var reason: String { String(cString: strerror(code)) }
}

private struct Pipe {
  let reading: Int32
  let writing: Int32

  /// Opens a pipe that no other child inherits.
  init() throws(ChildError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ChildError(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #if canImport(Darwin)
      _ = fcntl(ends[1], F_SETNOSIGPIPE, 1)
    #endif
    (reading, writing) = (ends[0], ends[1])
  }

  func close() {
    _ = Foundation.close(reading)
    _ = Foundation.close(writing)
  }
}
