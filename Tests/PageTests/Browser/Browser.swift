import Foundation

/// The browser that all tests of pages share; each test has pages of its own.
final class Browser: Sendable {
  private let process: BrowserProcess
  let connection: Connection

  private init() throws(BrowserError) {
    guard let executable = Self.executable else {
      throw BrowserError("no chromium, chromium-browser or google-chrome in PATH: run `make deps-test`")
    }
    process = try BrowserProcess(executable)
    connection = Connection(process)
    do {
      _ = try connection.call("Browser.getVersion", patience: 30)
    } catch {
      process.end()
      throw error
    }
  }

  private static let started: Result<Browser, BrowserError> = {
    do throws(BrowserError) {
      let browser = try answering(attempts: 3)
      atexit { if case .success(let browser) = Browser.started { browser.process.end() } }
      return .success(browser)
    } catch {
      return .failure(error)
    }
  }()

  /// A browser that has answered. Now and then one hangs while it starts, which says nothing about a page.
  private static func answering(attempts: Int) throws(BrowserError) -> Browser {
    do throws(BrowserError) {
      return try Browser()
    } catch {
      guard attempts > 1, executable != nil else { throw error }
      return try answering(attempts: attempts - 1)
    }
  }

  /// The browser, started when it is first needed.
  static var shared: Browser { get throws(BrowserError) { try started.get() } }

  /// Where the browser is, if there is one.
  static let executable: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    var places = names.flatMap { name in folders.map { "\($0)/\(name)" } }
    #if os(macOS)
      places += ["Google Chrome", "Chromium"].map { "/Applications/\($0).app/Contents/MacOS/\($0)" }
    #endif
    return places.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether the tests are to run in Firefox, as far as its driver can.
  static let isFirefox = ProcessInfo.processInfo.environment["GRADUS_BROWSER"] == "firefox"

  /// Whether the driver gives what a screen reader finds.
  static var hasAccessibilityTree: Bool { !isFirefox }

  /// Whether a test's script sees what a page's script has declared: Firefox's driver has a scope of its own.
  static var sharesScope: Bool { !isFirefox }

  /// Whether tests of pages are to run: without a browser they fail on Linux, where `make deps-test` installs one, and are
  /// skipped elsewhere.
  static var isExpected: Bool {
    #if os(Linux)
      true
    #else
      executable != nil
    #endif
  }
}
