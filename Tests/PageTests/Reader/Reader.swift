import Foundation

/// Somebody who reads a page that `gradus web` wrote.
struct Reader {
  let page: Page

  /// Opens the page of `gradus web` with these arguments, and waits until it shows something.
  init(_ arguments: [String] = ["ppo", "--at", "start"], hasEngine: Bool = true, fragment: String = "") throws {
    try self.init(of: try PageFiles.page(arguments, hasEngine: hasEngine), fragment: fragment)
  }

  init(of file: URL, fragment: String = "", viewport: (Page) throws -> Void = { _ in }) throws {
    page = try Page()
    try viewport(page)
    try page.open(file, fragment: fragment)
    try page.wait(until: Self.isShown)
  }

  /// Opens an address anew, as one who was sent it does.
  init(at address: String) throws {
    page = try Page()
    try page.open(address)
    try page.wait(until: Self.isShown)
  }

  private static let isShown = """
    document.getElementById("stage-name").textContent || !document.getElementById("notice").hidden
    """

  // MARK: Reading

  func text(_ selector: String) throws -> String {
    try page.evaluate("\(Page.element(selector)).textContent.toWellFormed()").string ?? ""
  }

  func texts(_ selector: String) throws -> [String] {
    try page.evaluate(
      "[...document.querySelectorAll(\(JSON.string(selector)))].map(element => element.textContent.toWellFormed())"
    ).strings
  }

  func value(_ selector: String) throws -> String {
    try page.evaluate("\(Page.element(selector)).value").string ?? ""
  }

  func count(_ selector: String) throws -> Int {
    try page.evaluate("document.querySelectorAll(\(JSON.string(selector))).length").integer ?? 0
  }

  func isVisible(_ selector: String) throws -> Bool {
    try page.evaluate("\(Page.element(selector)).checkVisibility()") == true
  }

  func isEnabled(_ selector: String) throws -> Bool { try page.evaluate("\(Page.element(selector)).disabled") == false }

  /// The beat that the page shows.
  func beat() throws -> Int { Int(try value("#slider")) ?? -1 }

  func lastBeat() throws -> Int { Int(try text("#last-beat")) ?? -1 }

  /// The line at the top, if there is one.
  func notice() throws -> String { try isVisible("#notice") ? text("#notice-text") : "" }

  /// Where a link to this view leads.
  func address() throws -> String {
    try page.click("#copy-link")
    return try page.evaluate("location.href").string ?? ""
  }

  /// What is on the page that a link must bring back.
  func sight() throws -> JSON {
    try page.evaluate(
      """
      ({ source: document.getElementById("source-name").textContent, beat: document.getElementById("slider").value,
         beats: document.getElementById("last-beat").textContent,
         sentence: document.getElementById("sentence").textContent,
         panes: [...document.querySelectorAll(".pane")].map(pane => {
           // Whichever tab is open; what is hidden by itself may be of before.
           const copy = pane.cloneNode(true);
           copy.querySelectorAll("[hidden]").forEach(node => node.remove());
           return copy.textContent; }),
         changed: document.getElementById("changed-count").textContent,
         controls: [...document.querySelectorAll(".control input, .control select")].map(input =>
           input.type === "checkbox" ? input.checked : input.value) })
      """)
  }

  // MARK: Acting

  /// Opens a tab beside the picture.
  func open(_ tab: String) throws { try page.evaluate("document.getElementById(\(JSON.string("tab-" + tab))).click()") }

  func goTo(_ beat: Int) throws { try page.fill("#position", "\(beat)") }

  /// Changes an option's field as somebody who types a value and leaves the field.
  func set(_ option: String, _ value: String) throws { try page.fill("#option-\(option)", value) }

  /// Puts a reward that is shown at this place where the reader wants it.
  func setReward(_ index: Int, _ value: Double) throws {
    try page.fill("#reward-\(index)", "\(value)")
    // It comes with the next frame.
    try page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
  }

  /// Types a command, and gives what the command line says to it.
  @discardableResult func run(_ line: String) throws -> String {
    try open("commands")
    try page.fill("#console-input", line)
    try page.focus("#console-input")
    try page.press("Enter")
    return try text("#console-log > :last-child .console-output")
  }

  /// Waits for the frame after what is being done.
  func waitForFrame() throws {
    try page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
  }
}
