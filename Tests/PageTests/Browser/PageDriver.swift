/// What moves a page: commands of the DevTools protocol, which Chromium understands, and of which a driver of another browser
/// does what it can.
protocol PageDriver: AnyObject {
  func call(_ command: String, _ parameters: JSON) throws(BrowserError) -> JSON
  /// Goes to an address and waits until everything has loaded.
  func open(_ address: String) throws(BrowserError)
  /// What has happened in the page so far, as events of the DevTools protocol.
  var events: [Connection.Event] { get }
}

/// A page of Chromium in a browser context of its own: nothing of another test's page reaches it.
final class ChromiumPage: PageDriver {
  let connection: Connection
  private let context: String
  /// The name of the protocol's session with this page.
  let session: String

  init() throws(BrowserError) {
    connection = try Browser.shared.connection
    guard let context = try connection.call("Target.createBrowserContext")["browserContextId"].string,
      let target = try connection.call(
        "Target.createTarget", ["url": "about:blank", "browserContextId": .string(context)])["targetId"].string,
      let session = try connection.call(
        "Target.attachToTarget", ["targetId": .string(target), "flatten": true])["sessionId"].string
    else { throw BrowserError("the browser made no page") }
    (self.context, self.session) = (context, session)
    for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call("\(domain).enable", [:]) }
    _ = try call("Page.setLifecycleEventsEnabled", ["enabled": true])
    _ = try call("Emulation.setFocusEmulationEnabled", ["enabled": true])
  }

  deinit {
    connection.tell("Target.disposeBrowserContext", ["browserContextId": .string(context)])
    connection.forgetEvents(of: session)
  }

  func call(_ command: String, _ parameters: JSON) throws(BrowserError) -> JSON {
    try connection.call(command, parameters, page: session)
  }

  func open(_ address: String) throws(BrowserError) {
    let answer = try call("Page.navigate", ["url": .string(address)])
    if let text = answer["errorText"].string { throw BrowserError("\(address): \(text)") }
    // Another fragment of the same page loads nothing.
    guard let loader = answer["loaderId"].string else { return }
    try connection.waitForEvent("end of loading of \(address)", of: session) { event in
      event.name == "Page.lifecycleEvent" && event.details["name"].string == "load"
        && event.details["loaderId"].string == loader
    }
  }

  var events: [Connection.Event] { connection.events(of: session) }
}
