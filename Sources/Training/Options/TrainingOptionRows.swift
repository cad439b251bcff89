import Objectives

/// Rows of the table of options.
extension TrainingOption {
  func row(_ name: String, _ kind: Option.Kind, _ standard: Double?, _ sentence: String, _ source: String)
    -> Description
  {
    var value = OptionValue.none
    if let standard {
      if case .integer = kind { value = .integer(Int(standard)) } else { value = .number(standard) }
    }
    return Description(name: name, kind: .value(kind), standard: value, sentence: sentence, source: source)
  }

  func row(_ name: String, _ kind: Option.Kind, _ standard: String, _ sentence: String, _ source: String)
    -> Description
  {
    Description(name: name, kind: .value(kind), standard: .choice(standard), sentence: sentence, source: source)
  }

  func row(_ name: String, _ standard: Bool, _ sentence: String, _ source: String) -> Description {
    Description(name: name, kind: .value(.flag), standard: .flag(standard), sentence: sentence, source: source)
  }

  func list(_ name: String, _ kind: Kind, _ sentence: String, _ source: String) -> Description {
    Description(name: name, kind: kind, standard: .none, sentence: sentence, source: source)
  }
}
