import Documents
import Foundation

/// A page in a browser context of its own: nothing of another test's page reaches it.
final class Page {
  let connection: Connection
  private let context: String
  /// The name of the protocol's session with this page.
  let session: String

  init() throws {
    connection = try Browser.shared.connection
    guard let context = try connection.call("Target.createBrowserContext")["browserContextId"].string,
      let target = try connection.call(
        "Target.createTarget", ["url": "about:blank", "browserContextId": .string(context)])["targetId"].string,
      let session = try connection.call(
        "Target.attachToTarget", ["targetId": .string(target), "flatten": true])["sessionId"].string
    else { throw BrowserError("the browser made no page") }
    (self.context, self.session) = (context, session)
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    try call("Page.setLifecycleEventsEnabled", ["enabled": true])
    try call("Emulation.setFocusEmulationEnabled", ["enabled": true])
    try setViewport(width: 1280, height: 800)
  }

  deinit {
    connection.tell("Target.disposeBrowserContext", ["browserContextId": .string(context)])
    connection.forgetEvents(of: session)
  }

  @discardableResult func call(_ command: String, _ parameters: JSON = [:]) throws(BrowserError) -> JSON {
    try connection.call(command, parameters, page: session)
  }

  /// Goes to an address and waits until everything has loaded.
  func open(_ address: String) throws {
    let answer = try call("Page.navigate", ["url": .string(address)])
    if let text = answer["errorText"].string { throw BrowserError("\(address): \(text)") }
    // Another fragment of the same page loads nothing.
    guard let loader = answer["loaderId"].string else { return }
    try connection.waitForEvent("end of loading of \(address)", of: session) { event in
      event.name == "Page.lifecycleEvent" && event.details["name"].string == "load"
        && event.details["loaderId"].string == loader
    }
  }

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
