import Foundation

/// A page of Firefox: the commands of the DevTools protocol that the tests use, as far as Marionette has the like.
final class FirefoxPage: PageDriver {
  private let marionette: Marionette
  private let window: String

  init() throws(BrowserError) {
    marionette = try Marionette.shared
    window = try marionette.newWindow()
    _ = try marionette.privileged("Services.console.reset()", window: window)
  }

  deinit { marionette.close(window: window) }

  func open(_ address: String) throws(BrowserError) {
    _ = try marionette.call("WebDriver:Navigate", ["url": .string(address)], window: window)
  }

  func call(_ command: String, _ parameters: JSON) throws(BrowserError) -> JSON {
    switch command {
    case "Runtime.evaluate": return try evaluate(parameters["expression"].string ?? "")
    case "Input.dispatchKeyEvent": return try key(parameters)
    case "Input.dispatchMouseEvent": return try mouse(parameters)
    case "Emulation.setDeviceMetricsOverride":
      return try resize(width: parameters["width"].number ?? 1280, height: parameters["height"].number ?? 800)
    case "Emulation.setTouchEmulationEnabled": return [:]
    case "Emulation.setEmulatedMedia": return try emulate(parameters)
    case "Page.captureScreenshot":
      let isWhole = parameters["captureBeyondViewport"] == true
      return [
        "data": try marionette.call("WebDriver:TakeScreenshot", ["full": .bool(isWhole)], window: window)["value"]
      ]
    case "Page.getLayoutMetrics":
      let root = "document.documentElement"
      return [
        "cssContentSize": try evaluate("({ width: \(root).scrollWidth, height: \(root).scrollHeight })")["result"][
          "value"]
      ]
    case "Page.printToPDF":
      return ["data": try marionette.call("WebDriver:Print", ["background": false], window: window)["value"]]
    default: throw BrowserError("Firefox's driver has no \(command)")
    }
  }

  /// Errors of pages and violations of their policies, as Firefox's own console has them.
  var events: [Connection.Event] {
    let script = """
      return Services.console.getMessageArray()
        .filter(each => each instanceof Ci.nsIScriptError && /content javascript|CSP|Content-Security-Policy/.test(each.category))
        .filter(each => !(each.flags & Ci.nsIScriptError.warningFlag))
        .map(each => `${each.errorMessage} (${each.category}, ${each.lineNumber})`);
      """
    let errors = (try? marionette.privileged(script, window: window))?.strings ?? []
    return errors.map { text in
      Connection.Event(
        name: "Log.entryAdded", details: ["entry": ["level": "error", "source": "firefox", "text": .string(text)]])
    }
  }

  /// The value goes as text, so that nothing of the page has to be named between the two.
  private func evaluate(_ expression: String) throws(BrowserError) -> JSON {
    let script = """
      const done = arguments[arguments.length - 1];
      (async () => (\(expression.hasSuffix(";") ? String(expression.dropLast()) : expression)
      ))().then(value => done({ text: JSON.stringify(value) ?? "null" }), error => done({ error: String(error) }));
      """
    let answer = try marionette.call(
      "WebDriver:ExecuteAsyncScript", ["script": .string(script), "args": []], window: window)["value"]
    if let message = answer["error"].string {
      return ["exceptionDetails": ["text": .string(message)]]
    }
    guard let text = answer["text"].string, let value = try? JSON(text: text) else { return ["result": [:]] }
    return ["result": ["value": value]]
  }

  // MARK: Hands

  private static let keys: [String: String] = [
    "ArrowLeft": "\u{e012}", "ArrowUp": "\u{e013}", "ArrowRight": "\u{e014}", "ArrowDown": "\u{e015}",
    "Home": "\u{e011}",
    "End": "\u{e010}", "PageUp": "\u{e00e}", "PageDown": "\u{e00f}", "Tab": "\u{e004}", "Escape": "\u{e00c}",
    "Backspace": "\u{e003}", "Delete": "\u{e017}", "Enter": "\u{e007}",
  ]
  private static let modifiers: [(bit: Int, key: String)] = [
    (1, "\u{e00a}"), (2, "\u{e009}"), (4, "\u{e03d}"), (8, "\u{e008}"),
  ]

  private func key(_ parameters: JSON) throws(BrowserError) -> JSON {
    let name = parameters["key"].string ?? ""
    let bits = parameters["modifiers"].integer ?? 0
    let held = Self.modifiers.filter { bits & $0.bit != 0 }.map { $0.key }
    let isDown = parameters["type"].string != "keyUp"
    func action(_ key: String) -> JSON { ["type": isDown ? "keyDown" : "keyUp", "value": .string(key)] }
    let own = action(Self.keys[name] ?? name)
    let actions = isDown ? held.map(action) + [own] : [own] + held.map(action)
    return try perform(["type": "key", "id": "keys", "actions": .list(actions)])
  }

  private func mouse(_ parameters: JSON) throws(BrowserError) -> JSON {
    let place: JSON = [
      "type": "pointerMove", "duration": 0, "x": .number((parameters["x"].number ?? 0).rounded()),
      "y": .number((parameters["y"].number ?? 0).rounded()),
    ]
    let actions: [JSON]
    switch parameters["type"].string {
    case "mousePressed": actions = [place, ["type": "pointerDown", "button": 0]]
    case "mouseReleased": actions = [place, ["type": "pointerUp", "button": 0]]
    default: actions = [place]
    }
    return try perform([
      "type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": .list(actions),
    ])
  }

  private func perform(_ actions: JSON) throws(BrowserError) -> JSON {
    try marionette.call("WebDriver:PerformActions", ["actions": [actions]], window: window)
  }

  // MARK: Looks

  /// The window is resized until what is in it has the size. Firefox makes none narrower than about 450 pixels: a narrower one
  /// is twice as large, and so is everything in it.
  private func resize(width: Double, height: Double) throws(BrowserError) -> JSON {
    let zoom = width < 500 ? 2.0 : 1
    _ = try marionette.privileged("\(Self.context).fullZoom = \(zoom);", window: window)
    return try resize(width: width * zoom, height: height * zoom, zoom: zoom)
  }

  /// What Firefox shows of the page, for a script in the browser itself.
  private static let context = "gBrowser.selectedBrowser.browsingContext.top"

  private func resize(width: Double, height: Double, zoom: Double) throws(BrowserError) -> JSON {
    func set(_ width: Double, _ height: Double) throws(BrowserError) {
      _ = try marionette.call(
        "WebDriver:SetWindowRect", ["width": .number(width), "height": .number(height)], window: window)
    }
    try set(width, height)
    let inner = try evaluate("[innerWidth, innerHeight]")["result"]["value"]
    try set(
      2 * width - zoom * (inner[0].number ?? width / zoom), 2 * height - zoom * (inner[1].number ?? height / zoom))
    return [:]
  }

  private func emulate(_ parameters: JSON) throws(BrowserError) -> JSON {
    if let media = parameters["media"].string {
      return try marionette.privileged("\(Self.context).mediumOverride = \(JSON.string(media));", window: window)
    }
    var wanted: [String: String] = [:]
    for feature in parameters["features"].list {
      if let name = feature["name"].string { wanted[name] = feature["value"].string }
    }
    let scheme = wanted["prefers-color-scheme"] == "dark" ? 0 : 1
    let motion = wanted["prefers-reduced-motion"] == "reduce" ? 1 : 0
    return try marionette.privileged(
      """
      Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", \(scheme));
      Services.prefs.setIntPref("ui.prefersReducedMotion", \(motion));
      """, window: window)
  }
}
