import Recording
import Simulation

// What the columns of tables are called where a policy writes, and where it acts.
extension Trace {
  var exampleTitle: String { glossary.hasActions ? "Episode" : "Response" }
  var stepTitle: String { glossary.hasActions ? "Action" : "Token" }
  /// What an example begins with.
  var promptTitle: String { glossary.hasActions ? "Start" : "Prompt" }
  var textTitle: String { glossary.hasActions ? "Actions" : "Text" }

  /// Between an example and what it begins with.
  var promptLink: String { glossary.hasActions ? " from " : " to " }
}
