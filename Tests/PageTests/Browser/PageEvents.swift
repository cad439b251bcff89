import Documents
import Foundation

// What a page did without being asked.
extension Page {
  /// Errors and warnings of the console, uncaught exceptions, violations of the content security policy, dialogs.
  var problems: [String] { driver.events.compactMap(Self.problem) }

  /// The addresses that were fetched, but for the pages that a test opened and what is within them.
  var requests: [String] {
    driver.events.compactMap { event in
      guard event.name == "Network.requestWillBeSent",
        event.details["type"].string != "Document" || isWithinFrame(event),
        let address = event.details["request"]["url"].string,
        !address.hasPrefix("data:"), !address.hasPrefix("blob:")
      else { return nil }
      return address
    }
  }

  private func isWithinFrame(_ event: Connection.Event) -> Bool {
    // The main frame's first event of the session tells its name.
    let main = driver.events.first { $0.name == "Network.requestWillBeSent" }?.details["frameId"]
    return main != event.details["frameId"]
  }

  private static func problem(_ event: Connection.Event) -> String? {
    let details = event.details
    switch event.name {
    case "Runtime.exceptionThrown": return "exception: " + text(ofException: details["exceptionDetails"])
    case "Runtime.consoleAPICalled":
      guard ["error", "warning", "assert"].contains(details["type"].string ?? "") else { return nil }
      let words = details["args"].list.map { $0["value"].string ?? $0["description"].string ?? $0["value"].description }
      return "console: " + words.joined(separator: " ")
    case "Log.entryAdded":
      guard ["error", "warning"].contains(details["entry"]["level"].string ?? "") else { return nil }
      return "\(details["entry"]["source"].string ?? "log"): \(details["entry"]["text"].string ?? "")"
    case "Page.javascriptDialogOpening": return "dialog: \(details["message"].string ?? "")"
    default: return nil
    }
  }
}
