import Documents
import Foundation

/// A page in a browser: in Chromium, or in Firefox where `GRADUS_BROWSER=firefox` asks for it.
final class Page {
  let driver: any PageDriver

  init() throws {
    driver = try Browser.isFirefox ? FirefoxPage() : ChromiumPage()
    try setViewport(width: 1280, height: 800)
  }

  @discardableResult func call(_ command: String, _ parameters: JSON = [:]) throws(BrowserError) -> JSON {
    try driver.call(command, parameters)
  }

  /// Goes to an address and waits until everything has loaded.
  func open(_ address: String) throws { try driver.open(address) }

  func open(_ file: URL, fragment: String = "") throws {
    try open(file.absoluteString + (fragment.isEmpty ? "" : "#" + fragment))
  }

  /// The value of an expression of JavaScript, or of the promise that it gives; an error if it throws.
  @discardableResult func evaluate(_ expression: String) throws(BrowserError) -> JSON {
    let answer = try call(
      "Runtime.evaluate",
      [
        "expression": .string(expression), "awaitPromise": true, "returnByValue": true, "userGesture": true,
        "timeout": .number(Connection.patience * 1000),
      ])
    if !answer["exceptionDetails"].isNull {
      throw BrowserError("\(Self.text(ofException: answer["exceptionDetails"]))\nin: \(expression)")
    }
    switch answer["result"]["unserializableValue"].string {
    case "-0": return .number(-0.0)
    case "NaN": return .number(.nan)
    case "Infinity": return .number(.infinity)
    case "-Infinity": return .number(-.infinity)
    default: return answer["result"]["value"]
    }
  }

  /// Waits until an expression is true.
  func wait(until condition: String, patience: TimeInterval = 20) throws {
    let deadline = Date(timeIntervalSinceNow: patience)
    while try evaluate("Boolean(\(condition))") != true {
      guard Date() < deadline else {
        let problems = problems.isEmpty ? "" : "\nThe page says:\n" + problems.joined(separator: "\n")
        throw BrowserError("not true within \(Int(patience)) seconds: \(condition)\(problems)")
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  static func text(ofException details: JSON) -> String {
    details["exception"]["description"].string ?? details["exception"]["value"].string
      ?? details["text"].string ?? "an exception"
  }
}
