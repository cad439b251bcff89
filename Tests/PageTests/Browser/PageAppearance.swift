import Foundation

// How a page looks, on paper too, and what a screen reader finds in it.
extension Page {
  /// The size of the window in CSS pixels, and what the reader prefers.
  func setViewport(
    width: Int, height: Int, scale: Double = 1, isMobile: Bool = false, isDark: Bool = false,
    prefersReducedMotion: Bool = false
  ) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      [
        "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": .number(scale),
        "mobile": .bool(isMobile),
      ])
    try call("Emulation.setTouchEmulationEnabled", ["enabled": .bool(isMobile)])
    try call(
      "Emulation.setEmulatedMedia",
      [
        "features": [
          ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"],
          ["name": "prefers-reduced-motion", "value": prefersReducedMotion ? "reduce" : "no-preference"],
        ]
      ])
  }

  /// What is visible now, or the page from top to bottom, as PNG.
  func screenshot(ofAll: Bool = false) throws -> Data {
    var options: [String: JSON] = ["format": "png"]
    if ofAll {
      let size = try call("Page.getLayoutMetrics")["cssContentSize"]
      options["captureBeyondViewport"] = true
      options["clip"] = ["x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1]
    }
    return try data(call("Page.captureScreenshot", .object(options)), "screenshot")
  }

  /// The printed page.
  func pdf() throws -> Data { try data(call("Page.printToPDF", ["printBackground": false]), "PDF") }

  private func data(_ answer: JSON, _ what: String) throws -> Data {
    guard let data = answer["data"].string.flatMap({ Data(base64Encoded: $0) }), !data.isEmpty else {
      throw BrowserError("the browser made no \(what)")
    }
    return data
  }

  /// Something that a screen reader finds.
  struct AccessibleNode {
    let role: String
    let name: String
    let properties: [String: JSON]
  }

  /// What a screen reader finds, in the order of the page.
  func accessibleNodes() throws -> [AccessibleNode] {
    try call("Accessibility.getFullAXTree")["nodes"].list.filter { $0["ignored"] != true }.map { node in
      let properties = node["properties"].list.compactMap { property in
        property["name"].string.map { ($0, property["value"]["value"]) }
      }
      return AccessibleNode(
        role: node["role"]["value"].string ?? "", name: node["name"]["value"].string ?? "",
        properties: Dictionary(properties, uniquingKeysWith: { first, _ in first }))
    }
  }
}
