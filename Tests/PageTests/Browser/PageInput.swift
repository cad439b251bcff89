import Foundation

// What a reader does with keyboard, mouse and files.
extension Page {
  /// Presses a key: `a`, `ArrowRight`, `Shift+Tab`, `Control+End`.
  func press(_ combination: String) throws {
    var parts = combination.split(separator: "+", omittingEmptySubsequences: true).map(String.init)
    guard let key = combination.hasSuffix("+") ? "+" : parts.popLast() else { return }
    let bits = ["Alt": 1, "Control": 2, "Meta": 4, "Shift": 8]
    let modifiers = try parts.reduce(0) { sum, name in
      guard let bit = bits[name] else { throw BrowserError("no such modifier key: \(name)") }
      return sum | bit
    }
    let named = Key.named[key]
    guard named != nil || key.count == 1 else { throw BrowserError("no such key: \(key)") }
    let text = named.map(\.text) ?? key
    var event: [String: JSON] = [
      "type": text.isEmpty || modifiers & 7 != 0 ? "rawKeyDown" : "keyDown", "modifiers": .number(Double(modifiers)),
      "key": .string(key), "code": .string(named?.code ?? Key.code(of: key)),
      "windowsVirtualKeyCode": .number(Double(named?.number ?? Key.number(of: key))),
    ]
    if !text.isEmpty, modifiers & 7 == 0 { event["text"] = .string(text) }
    try call("Input.dispatchKeyEvent", .object(event))
    event["type"] = "keyUp"
    event["text"] = nil
    try call("Input.dispatchKeyEvent", .object(event))
  }

  /// Types into whatever has the focus.
  func type(_ text: String) throws { for character in text { try press(String(character)) } }

  /// Clicks with the mouse in the middle of an element; an error if something covers it.
  func click(_ selector: String, ifEnabled: Bool = false) throws {
    if ifEnabled, try evaluate("\(Self.element(selector)).disabled") == true { return }
    let place = try point(selector)
    for type in ["mouseMoved", "mousePressed", "mouseReleased"] { try mouse(type, place) }
  }

  /// Moves the mouse there.
  func hover(_ selector: String) throws { try mouse("mouseMoved", try point(selector)) }

  func focus(_ selector: String) throws { try evaluate("\(Self.element(selector)).focus()") }

  /// Sets a field's or slider's value as a reader does: the page sees `input` and `change`.
  func fill(_ selector: String, _ value: String) throws {
    try evaluate(
      """
      (element => {
        const isBox = element.type === "checkbox";
        if (isBox) element.checked = \(JSON.string(value)) === "true"; else element.value = \(JSON.string(value));
        for (const name of ["input", "change"]) element.dispatchEvent(new Event(name, { bubbles: true }));
      })(\(Self.element(selector)))
      """)
  }

  /// Drops a file onto an element.
  func dropFile(_ name: String, _ contents: [UInt8], on selector: String = "body") throws {
    let text = Data(contents).base64EncodedString()
    try evaluate(
      """
      (element => {
        const bytes = Uint8Array.from(atob("\(text)"), character => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], \(JSON.string(name))));
        for (const type of ["dragenter", "dragover", "drop"])
          element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      })(\(Self.element(selector)))
      """)
  }

  func dropFile(_ name: String, _ contents: String, on selector: String = "body") throws {
    try dropFile(name, Array(contents.utf8), on: selector)
  }

  /// Drops a folder, whose files are given by their paths in it. A script cannot make a real one: this has what the page asks
  /// of it, and gives two entries at a time.
  func dropFolder(_ name: String, _ files: [String: String]) throws {
    let tree = JSON.object(files.mapValues { .string($0) }).description
    try evaluate(
      """
      (files => {
        const directory = path => ({
          isDirectory: true, isFile: false, name: path.split("/").at(-1), fullPath: "/" + path,
          createReader() {
            const names = [...new Set(Object.keys(files).map(file => \(JSON.string(name)) + "/" + file)
              .filter(file => file.startsWith(path + "/")).map(file => file.slice(path.length + 1).split("/")[0]))];
            return { readEntries: done => done(names.splice(0, 2).map(each => entry(path + "/" + each))) };
          },
        });
        const entry = path => {
          const text = files[path.split("/").slice(1).join("/")], name = path.split("/").at(-1);
          if (text === undefined) return directory(path);
          return { isDirectory: false, isFile: true, name, fullPath: "/" + path, file: done => done(new File([text], name)) };
        };
        const event = new Event("drop", { bubbles: true, cancelable: true });
        const root = directory(\(JSON.string(name)));
        event.dataTransfer = { types: ["Files"], items: [{ webkitGetAsEntry: () => root }], files: [] };
        document.body.dispatchEvent(event);
      })(\(tree))
      """)
  }

  /// An expression of JavaScript for the first element that fits; it throws if there is none.
  static func element(_ selector: String) -> String {
    """
    (() => { const found = document.querySelector(\(JSON.string(selector)));
      if (!found) throw new Error("no element " + \(JSON.string(selector)));
      return found; })()
    """
  }

  private func mouse(_ type: String, _ place: (x: Double, y: Double)) throws {
    var event: [String: JSON] = ["type": .string(type), "x": .number(place.x), "y": .number(place.y)]
    if type != "mouseMoved" { event.merge(["button": "left", "clickCount": 1]) { _, new in new } }
    try call("Input.dispatchMouseEvent", .object(event))
  }

  /// The middle of an element, scrolled into view.
  private func point(_ selector: String) throws -> (x: Double, y: Double) {
    let place = try evaluate(
      """
      (element => {
        element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        const box = element.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
        const hit = document.elementFromPoint(x, y);
        if (!element.contains(hit) && ![...(element.labels ?? [])].includes(hit)) {
          const there = hit ? hit.outerHTML.slice(0, 120) : "nothing";
          throw new Error(\(JSON.string(selector)) + " cannot be clicked: there is " + there);
        }
        return [x, y];
      })(\(Self.element(selector)))
      """)
    return (place[0].number ?? 0, place[1].number ?? 0)
  }
}

/// What the protocol wants to know of a key.
private struct Key {
  let code: String
  let number: Int
  var text = ""

  static let named: [String: Key] = [
    "ArrowLeft": Key(code: "ArrowLeft", number: 37), "ArrowUp": Key(code: "ArrowUp", number: 38),
    "ArrowRight": Key(code: "ArrowRight", number: 39), "ArrowDown": Key(code: "ArrowDown", number: 40),
    "Home": Key(code: "Home", number: 36), "End": Key(code: "End", number: 35),
    "PageUp": Key(code: "PageUp", number: 33), "PageDown": Key(code: "PageDown", number: 34),
    "Tab": Key(code: "Tab", number: 9), "Escape": Key(code: "Escape", number: 27),
    "Backspace": Key(code: "Backspace", number: 8), "Delete": Key(code: "Delete", number: 46),
    "Enter": Key(code: "Enter", number: 13, text: "\r"), " ": Key(code: "Space", number: 32, text: " "),
  ]

  /// The code of a key that writes a character; there is none for most characters.
  static func code(of character: String) -> String {
    guard let letter = character.uppercased().first, letter.isASCII else { return "" }
    return letter.isLetter ? "Key\(letter)" : letter.isNumber ? "Digit\(letter)" : ""
  }

  static func number(of character: String) -> Int {
    guard let letter = character.uppercased().first, letter.isASCII, letter.isLetter || letter.isNumber else {
      return 0
    }
    return Int(letter.asciiValue ?? 0)
  }
}
