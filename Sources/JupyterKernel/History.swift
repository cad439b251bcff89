import Documents

/// The cells that this kernel has run.
struct History {
  private var inputs: [(count: Int, code: String)] = []

  mutating func add(_ code: String, count: Int) { inputs.append((count, code)) }

  /// What a request asks for: the last ones, a range, or those that match a pattern with `*` and `?`.
  func reply(to content: Document) throws(DocumentError) -> Outgoing {
    let fields = try content.object("the content")
    let kind = fields.optional("hist_access_type")
    let limit = try fields.optional("n")?.integer("n")
    var found = inputs
    switch try kind?.string("hist_access_type") ?? "tail" {
    case "tail": break
    case "range":
      let start = try fields.optional("start")?.integer("start") ?? 0
      let stop = try fields.optional("stop")?.integer("stop") ?? Int.max
      found = found.filter { $0.count >= start && $0.count < stop }
    case "search":
      let pattern = Array(try fields.optional("pattern")?.string("pattern") ?? "*")
      found = found.filter { Self.matches(pattern[...], Array($0.code)[...]) }
      if try fields.optional("unique")?.bool("unique") ?? false {
        var seen: Set<String> = []
        found = found.reversed().filter { seen.insert($0.code).inserted }.reversed()
      }
    default: throw (kind ?? content).error("hist_access_type must be tail, range or search")
    }
    if let limit, limit >= 0 { found = found.suffix(limit) }
    let hasOutput = try fields.optional("output")?.bool("output") ?? false
    return Outgoing("history_reply") { json in
      json.member("status", "ok")
      json.key("history")
      json.beginArray()
      for input in found { Self.write(input, hasOutput: hasOutput, to: &json) }
      json.endArray()
    }
  }

  /// `[session, number, code]`; where outputs are asked for, `[code, null]` takes the code's place, since none are kept.
  private static func write(_ input: (count: Int, code: String), hasOutput: Bool, to json: inout JSONWriter) {
    json.beginArray()
    json.integer(0)
    json.integer(input.count)
    if hasOutput { json.beginArray() }
    json.string(input.code)
    if hasOutput {
      json.null()
      json.endArray()
    }
    json.endArray()
  }

  /// The usual way to match wildcards: on a mismatch, go back to the last `*` and let it take one character more.
  private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    var (i, j) = (pattern.startIndex, text.startIndex)
    var last: (i: Int, j: Int)?
    while j < text.endIndex {
      if i < pattern.endIndex, pattern[i] == "*" {
        last = (i, j)
        i += 1
      } else if i < pattern.endIndex, pattern[i] == "?" || pattern[i] == text[j] {
        i += 1
        j += 1
      } else if let back = last {
        (i, j) = (back.i + 1, back.j + 1)
        last = (back.i, j)
      } else {
        return false
      }
    }
    return pattern[i...].allSatisfy { $0 == "*" }
  }
}
