import Documents

/// Numbers with names, as `lr_scheduler_kwargs` has them: `{"min_lr": 1e-06}`.
struct ParameterList: Equatable {
  let values: [(name: String, number: Double)]

  /// Reads a JSON object; nil for anything else, and where a name comes twice or a number is not finite.
  init?(_ text: String) {
    guard let document = try? JSONReader.read(Array(text.utf8)), case .object(let members) = document.value else {
      return nil
    }
    var values: [(name: String, number: Double)] = []
    for member in members {
      guard case .number(let number) = member.value.value, number.isFinite else { return nil }
      values.append((member.key, number))
    }
    self.values = values
  }

  subscript(name: String) -> Double? { values.first { $0.name == name }?.number }

  var text: String {
    var json = JSONWriter()
    json.beginObject()
    for value in values { json.member(value.name, number: value.number) }
    json.endObject()
    return json.text
  }

  static func == (a: ParameterList, b: ParameterList) -> Bool { a.text == b.text }
}
