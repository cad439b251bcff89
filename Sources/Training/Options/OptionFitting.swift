import Documents
import Objectives

extension TrainingOption.Kind {
  /// The value as the kind stores it, or nil where it is of another kind or out of range.
  func fitted(_ value: OptionValue) -> OptionValue? {
    switch self {
    case .value(let kind): kind.fitted(value)
    case .names: value == .none ? OptionValue.none : .choice(value.text)
    case .numbers:
      if value == .none {
        OptionValue.none
      } else if NameList.split(value.text).allSatisfy({ NumberText.parse($0)?.isFinite == true }) {
        .choice(value.text)
      } else {
        nil
      }
    case .name: value == .none ? OptionValue.none : .choice(value.text)
    case .optionalFlag:
      if case .flag = value { value } else { value == .none ? OptionValue.none : nil }
    case .parameters:
      value == .none ? OptionValue.none : ParameterList(value.text).map { .choice($0.text) }
    }
  }

  /// What the option accepts, as the end of «must be …».
  var expectation: String {
    switch self {
    case .value(let kind): kind.expectation
    case .names: "names with commas between them, or none"
    case .numbers: "numbers with commas between them, or none"
    case .name: "a name, or none"
    case .optionalFlag: "true, false or none"
    case .parameters: #"numbers with names as a JSON object, such as {"num_cycles": 2}, or none"#
    }
  }
}

/// Names with commas between them, in which `\,` is a comma of a name and `\\` a backslash.
enum NameList {
  static func split(_ text: String) -> [String] {
    var names = [""]
    var escaped = false
    for character in text {
      if escaped {
        // A backslash before anything else stands for itself, as in a regular expression.
        names[names.count - 1] += character == "," || character == "\\" ? "\(character)" : "\\\(character)"
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "," {
        names.append("")
      } else {
        names[names.count - 1].append(character)
      }
    }
    if escaped { names[names.count - 1] += "\\" }
    return names.map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }.filter { !$0.isEmpty }
  }

  static func join(_ names: [String]) -> String {
    names.map { $0.reduce(into: "") { $0 += $1 == "\\" || $1 == "," ? "\\\($1)" : "\($1)" } }.joined(separator: ",")
  }
}
