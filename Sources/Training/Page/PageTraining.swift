import Documents

/// Training behind a web page: requests as JSON in, answers as JSON out, one run at a time.
///
/// The trainers, their data and their rewards are those of `gradus train`; the page decides when the next step is taken, keeps
/// the batches and draws the curves.
///
///     var training = PageTraining()
///     training.answer(#"{"do":"begin","trainer":"grpo"}"#)   // {"task":"addition","stages":[…],"controls":[…],…}
///     training.answer(#"{"do":"advance"}"#)                  // {"stage":0,"step":1,"records":[…],…}
///
/// What is wrong with a request is answered by `{"error":"…"}`. `Documentation/web-page.md` lists the requests.
public struct PageTraining {
  /// An option and its value, as a user writes them.
  public typealias Setting = (name: String, value: String)

  private var run: PageRun?

  public init() {}

  /// Whether a page can train by it: a policy that learns, alone, of texts, rules or a reward model that was trained before.
  public static func trains(_ trainer: Trainer) -> Bool {
    !trainer.hasCritic && !trainer.takesTeacher && !trainer.scores
  }

  /// Their names: `sft, grpo, …`.
  public static var trainers: String { Trainer.all.filter { trains($0) }.map { $0.name }.joined(separator: ", ") }

  /// The options of a model of some 200,000 parameters, which a page trains in minutes.
  public static let smallModel: [Setting] =
    [("num_hidden_layers", "2"), ("hidden_size", "64"), ("intermediate_size", "448")]

  /// Throws what is wrong with the options of a run.
  public static func check(_ trainer: Trainer, _ settings: [Setting]) throws(TrainingError) {
    _ = try PageRun(trainer.name, settings: settings, start: [])
  }

  /// Answers a request.
  public mutating func answer(_ request: String) -> String {
    var json = JSONWriter()
    json.beginObject()
    do throws(TrainingError) {
      let fields = try Self.reading { () throws(DocumentError) in try JSONReader.read(request).object("a request") }
      try perform(fields, &json)
    } catch {
      json = JSONWriter()
      json.beginObject()
      json.key("error")
      json.string(error.message)
    }
    json.endObject()
    return json.text
  }

  private mutating func perform(_ request: Fields, _ json: inout JSONWriter) throws(TrainingError) {
    switch try Self.text("do", of: request) {
    case "begin":
      let run = try PageRun(
        try Self.text("trainer", of: request), settings: try Self.assignments("settings", of: request),
        start: try Self.assignments("start", of: request))
      self.run = run
      run.describe(&json)
    case "advance": try begun().advance(&json)
    case "set":
      let run = try begun()
      try run.set(try Self.text("name", of: request), to: try Self.text("value", of: request))
      run.describe(&json)
    case "weights": try begun().describeWeights(&json)
    case let other:
      throw TrainingError(.usage, "there is no request «\(other)»; they are begin, advance, set, weights")
    }
  }

  private func begun() throws(TrainingError) -> PageRun {
    guard let run else { throw TrainingError(.usage, "nothing is trained yet: ask to begin first") }
    return run
  }

  // MARK: - Reading

  private static func reading<Result>(_ body: () throws(DocumentError) -> Result) throws(TrainingError) -> Result {
    do throws(DocumentError) { return try body() } catch { throw TrainingError(.usage, error.message) }
  }

  private static func text(_ key: String, of request: Fields) throws(TrainingError) -> String {
    try reading { () throws(DocumentError) in try request.required(key).string(key) }
  }

  /// Pairs of strings, `[["beta","0.04"]]`; none where the key is missing.
  private static func assignments(_ key: String, of request: Fields) throws(TrainingError) -> [Setting] {
    try reading { () throws(DocumentError) in
      var found: [Setting] = []
      for pair in try request.optional(key)?.list(key) ?? [] {
        let parts = try pair.list("an assignment in \(key)")
        guard parts.count == 2 else { throw pair.error("an assignment in \(key) is a pair, name and value") }
        found.append((try parts[0].string("the option's name"), try parts[1].string("the option's value")))
      }
      return found
    }
  }
}
