public import Documents

extension Assessment {
  /// The answer for the one who wrote the function: the first wrong term and the likely cause, and never the right number.
  public var text: StyledText {
    var text = StyledText()
    if let fault { told(fault, in: &text) } else { toldRight(in: &text) }
    if !others.isEmpty { text.line(wrap("Not compared: \(Self.listed(others)).\(hint)", indent: 0), .dim) }
    return text
  }

  private func toldRight(in text: inout StyledText) {
    let right = names(.right)
    if !missing.isEmpty {
      text.line("✗ \(exercise.name): \(Self.listed(missing)) was not returned", .error)
      text.line(
        wrap(
          "Return it in the dict, under this name. `gradus grade --exercise \(exercise.name) --starter` says what it is.",
          indent: 0))
      if !right.isEmpty { text.line(wrap("Right: \(Self.listed(right)).", indent: 0), .dim) }
      return
    }
    text.line("✓ \(exercise.name): right" + (caseCount == 1 ? "" : " on all \(caseCount) batches"), .positive)
    text.line(wrap("Compared: \(Self.listed(right)).", indent: 0), .dim)
  }

  private func told(_ fault: Fault, in text: inout StyledText) {
    let place = fault.place.isEmpty ? "" : "[" + fault.place.map { "\($0)" }.joined(separator: ",") + "]"
    let value = fault.value.map { NumberText.short($0, digits: 7) } ?? ""
    let what = fault.problem ?? (fault.isFinite ? "is wrong: \(value)" : "is \(value), which is wrong")
    text.line(wrap("✗ \(exercise.name): \(fault.term)\(place) \(what)", indent: 2), .error)
    let batch = caseCount == 1 ? fault.label : "batch \(fault.number + 1) of \(caseCount), \(fault.label)"
    text.line("  in \(batch)")
    if let cause = causeText { text.line(wrap(cause, indent: 0)) }
    let right = names(.right)
    if !right.isEmpty { text.line(wrap("Right: \(Self.listed(right)).", indent: 0), .dim) }
    let wrong = names(.wrong).dropFirst()
    if !wrong.isEmpty, !(explainsAll && !causes.isEmpty) {
      text.line(wrap("Wrong as well: \(Self.listed(Array(wrong))).", indent: 0), .dim)
    }
  }

  private var causeText: String? {
    switch causes.count {
    case 0 where fault?.problem != nil: return nil
    case 0 where fault?.isFinite == false:
      return "Look for a division by 0, a logarithm of 0, or the spread of a single number."
    case 0:
      return unseen.isEmpty
        ? "No known mistake gives this number. Look at what goes into it."
        : "No known mistake gives this number. Return \(Self.listed(unseen)) as well to see which is the first wrong one."
    case 1:
      // A factor says nothing about what comes after it.
      let isAll = explainsAll || causes[0].id == Cause.factor
      return "Likely cause: \(causes[0].text)." + (isAll ? "" : " Something after that is wrong as well.")
    default: return "Likely causes: \(causes.map { $0.text }.joined(separator: "; and "))."
    }
  }

  private func names(_ status: Status) -> [String] { terms.filter { $0.status == status }.map { $0.name } }

  /// Names of terms that were perhaps meant.
  private var hint: String {
    let missing = names(.missing)
    let near = others.compactMap { other in
      nearestNames(to: other, among: missing, limit: 1).first.map { "\($0) for \(other)" }
    }
    return near.isEmpty ? "" : " Did you mean \(near.joined(separator: ", "))?"
  }

  private static func listed(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension Assessment {
  /// For autograders: `{"exercise", "passed", "batches", "terms": {name: status}, "first_wrong", "causes", …}`.
  public func write(to json: inout JSONWriter) {
    json.member("exercise", exercise.name)
    json.member("passed", isRight)
    json.member("batches", caseCount)
    json.key("terms")
    json.beginObject()
    for (name, status) in terms { json.member(name, status.rawValue) }
    json.endObject()
    json.key("first_wrong")
    if let fault { write(fault, to: &json) } else { json.null() }
    json.key("causes")
    json.beginArray()
    for cause in causes {
      json.beginObject()
      json.member("id", cause.id)
      json.member("text", cause.text)
      json.endObject()
    }
    json.endArray()
    json.member("missing", strings: missing)
    json.member("explains_all", explainsAll && !causes.isEmpty)
    json.member("not_compared", strings: others)
  }

  private func write(_ fault: Fault, to json: inout JSONWriter) {
    json.beginObject()
    json.member("term", fault.term)
    json.key("place")
    json.numbers(fault.place.map { Double($0) })
    json.member("batch", fault.number + 1)
    json.member("about", fault.label)
    json.member("value", number: fault.value)
    json.member("problem", fault.problem)
    json.endObject()
  }
}
