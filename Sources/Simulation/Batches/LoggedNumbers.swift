import Documents
public import Objectives

extension Batch {
  /// What a trainer made of one response, by token or as a whole, to compare with what its log-probabilities give.
  public struct LoggedNumbers: Sendable {
    /// A term of the recording.
    public let quantity: Quantity
    /// One number per token, or a single one for the whole response.
    public let values: [Double]
    public let isPerToken: Bool
  }
}

extension Batch {
  /// Whether the trainer's own arrays are there to compare with.
  public var hasLoggedTerms: Bool {
    switch contents {
    case .responses(let sequences): sequences.contains { !$0.logged.isEmpty }
    case .groups(let group): group.sequences.contains { !$0.logged.isEmpty }
    default: false
    }
  }
}

extension ResponseFields {
  /// Those of the quantities that the file has: a list with a number per token, or one number.
  func loggedNumbers(_ quantities: [Quantity]) throws(DocumentError) -> [Batch.LoggedNumbers] {
    var logged: [Batch.LoggedNumbers] = []
    for quantity in quantities {
      guard let field = fields.optional(quantity.name) else { continue }
      if case .number = field.value {
        let value = try field.number("\(place).\(quantity.name)")
        logged.append(Batch.LoggedNumbers(quantity: quantity, values: [value], isPerToken: false))
      } else {
        logged.append(Batch.LoggedNumbers(quantity: quantity, values: try numbers(quantity.name), isPerToken: true))
      }
    }
    return logged
  }
}

extension Batch.LoggedNumbers {
  func write(to json: inout JSONWriter) {
    if isPerToken { return json.known(quantity.name, values) }
    json.member(quantity.name, number: values[0])
  }
}
