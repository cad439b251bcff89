import Documents
import Recording

extension Batch {
  /// Two responses to one prompt, of which the first is preferred.
  public struct PreferredPair<Response: Sendable>: Sendable {
    public var prompt: String
    public var chosen, rejected: Response
    /// By how much the first is wanted to lead; nil for the option `reward_margin`.
    public var margin: Double?

    /// - Parameters:
    ///   - prompt: The prompt's text.
    ///   - chosen: The preferred response.
    ///   - rejected: The other.
    ///   - margin: By how much the first is wanted to lead, if the pair says so.
    public init(prompt: String, chosen: Response, rejected: Response, margin: Double? = nil) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
      self.margin = margin
    }
  }
}

/// One response of a pair, as a batch's file has it.
protocol PairedResponse: Sendable {
  var tokens: [String] { get }
  init(_ document: Document, _ place: String) throws(DocumentError)
  func write(to json: inout JSONWriter)
}

extension Batch.PreferredPair where Response: PairedResponse {
  static func list(_ items: [Document]) throws(DocumentError) -> [Self] {
    var pairs: [Self] = []
    for (i, item) in items.enumerated() { pairs.append(try Self(item, "pairs[\(i)]")) }
    return pairs
  }

  private init(_ document: Document, _ place: String) throws(DocumentError) {
    let fields = try document.object(place)
    try fields.rejectUnknown(allowed: ["prompt", "chosen", "rejected", "margin"])
    self.init(
      prompt: try fields.optional("prompt")?.string("\(place).prompt") ?? "",
      chosen: try Response(fields.required("chosen"), "\(place).chosen"),
      rejected: try Response(fields.required("rejected"), "\(place).rejected"),
      margin: try fields.optional("margin")?.number("\(place).margin"))
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("prompt")
    json.string(prompt)
    json.key("chosen")
    chosen.write(to: &json)
    json.key("rejected")
    rejected.write(to: &json)
    if let margin { json.member("margin", number: margin) }
    json.endObject()
  }
}

extension Trace {
  /// Keeps what the pairs say, for whoever shows them.
  func showTexts<Response: PairedResponse>(of pairs: [Batch.PreferredPair<Response>]) {
    prompts = pairs.map { $0.prompt }
    givenTokens = pairs.map { $0.chosen.tokens }
    rejectedTokens = pairs.map { $0.rejected.tokens }
  }
}
