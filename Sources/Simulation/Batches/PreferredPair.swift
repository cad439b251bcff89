import Documents
import Recording

extension Batch {
  /// Two responses to one prompt, of which the first is preferred.
  public struct PreferredPair<Response: Sendable>: Sendable {
    public var prompt: String
    public var chosen, rejected: Response

    public init(prompt: String, chosen: Response, rejected: Response) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
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
    try fields.rejectUnknown(allowed: ["prompt", "chosen", "rejected"])
    self.init(
      prompt: try fields.optional("prompt")?.string("\(place).prompt") ?? "",
      chosen: try Response(fields.required("chosen"), "\(place).chosen"),
      rejected: try Response(fields.required("rejected"), "\(place).rejected"))
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("prompt")
    json.string(prompt)
    json.key("chosen")
    chosen.write(to: &json)
    json.key("rejected")
    rejected.write(to: &json)
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
