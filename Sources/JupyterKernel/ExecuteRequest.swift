import Documents

/// What a client wants run.
struct ExecuteRequest {
  let code: String
  let isSilent: Bool
  /// Whether the cell gets a number and a place in the history.
  let isRemembered: Bool
  let expressions: [(name: String, text: String)]

  init(_ content: Document) throws(DocumentError) {
    let fields = try content.object("the content")
    code = try fields.required("code").string("code")
    isSilent = try fields.optional("silent")?.bool("silent") ?? false
    let isStored = try fields.optional("store_history")?.bool("store_history") ?? true
    isRemembered = isStored && !isSilent
    var expressions: [(name: String, text: String)] = []
    for member in try fields.optional("user_expressions")?.object("user_expressions").members ?? [] {
      expressions.append((member.key, try member.value.string(member.key)))
    }
    self.expressions = expressions
  }
}
