import Documents

extension RunLog {
  /// Reads the log of a run: a folder, or a file in any of the formats.
  ///
  /// - Parameters:
  ///   - path: A run's folder, or a file.
  ///   - name: Which run, where a table holds several.
  ///   - isGrowing: Whether there may be no metrics yet.
  public static func read(_ path: String, run name: String? = nil, isGrowing: Bool = false) throws(TrainingError)
    -> RunLog
  {
    guard RunFile.exists(path) else {
      throw TrainingError(.missingInput, "\(path): there is no file or folder of that name")
    }
    let log = RunFile.isFolder(path) ? try folder(path, name, isGrowing) : try file(path, name)
    if isGrowing || log.rows.contains(where: { !$0.values.isEmpty }) { return log }
    // A run of ours that has just begun has no metrics yet, which is no mistake.
    if log.run != nil { return log }
    throw TrainingError(.badData, "\(path): there are no metrics in it; \(RunLogFormat.looked)")
  }

  /// Whether a file's name or bytes say that it holds a run's metrics, rather than a scenario or a batch.
  public static func isLog(file path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
    if name.contains("tfevents") { return true }
    switch name.split(separator: ".").last {
    case "yaml", "yml": return false
    case "json": return isExport(path)
    case "jsonl": return !isDump(path)
    default: return RunFile.exists(path)
    }
  }

  private static func isExport(_ path: String) -> Bool {
    guard let bytes = try? RunFile.read(path), let document = try? JSONReader.read(PythonJSON.quotingNaN(bytes)) else {
      return false
    }
    guard case .object(let members) = document.value else { return MetricDocument(document) != nil }
    let keys = members.map(\.key)
    if keys.contains("log_history") { return true }
    // A batch or a scenario, even a damaged one, is read as what it says it is.
    let ours = ["format", "algorithm", "scenario", "vocabulary", "sequences", "pairs", "world"]
    return !keys.contains(where: ours.contains) && MetricDocument(document) != nil
  }

  /// Whether these are texts with their rewards, as verl and OpenRLHF write them.
  private static func isDump(_ path: String) -> Bool {
    guard let bytes = try? RunFile.read(path) else { return true }
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    for line in lines.prefix(20) {
      guard let document = try? JSONReader.read(PythonJSON.quotingNaN(Array(line))) else { continue }
      guard case .object(let members) = document.value else { return true }
      let texts = ["input", "output", "prompt", "chosen", "completion"]
      return members.contains { member in
        if case .string = member.value.value { texts.contains(member.key) } else { false }
      }
    }
    return false
  }

  // MARK: Folders

  private static func folder(_ path: String, _ name: String?, _ isGrowing: Bool) throws(TrainingError) -> RunLog {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if RunReader.isRun(path), RunFile.exists("\(path)/config.yaml") || TrainerState.newest(in: path) != nil {
      let run = try RunReader.read(path)
      let isOurs = Trainer.all.contains { $0.name == run.trainer }
      var log = RunLog(isOurs ? .gradus : .trainerState, path: path, rows: run.lines)
      if isOurs { log.run = run }
      log.total = run.total
      return log
    }
    let entries = RunFile.entries(path).filter { !$0.hasPrefix(".") }
    let events = eventFiles(path)
    let others = entries.filter { entry in
      ["jsonl", "csv", "json", "log", "txt", "out"].contains(entry.split(separator: ".").last.map(String.init) ?? "")
        && !RunFile.isFolder("\(path)/\(entry)") && holdsMetrics("\(path)/\(entry)")
    }
    if others.isEmpty, !events.isEmpty { return try TensorBoardReader.log(path, events) }
    if isGrowing, others.isEmpty { return RunLog(.jsonLines, path: path, rows: []) }
    guard others.count == 1, let only = others.first else {
      let several =
        others.isEmpty ? "" : " Name one of the files with metrics in it: \(others.joined(separator: ", "))."
      let problem = others.isEmpty ? "there are no metrics in this folder; \(RunLogFormat.looked)" : "which log?"
      throw TrainingError(others.isEmpty ? .missingInput : .usage, "\(path): \(problem)\(several)")
    }
    return try file("\(path)/\(only)", name)
  }

  /// TensorBoard's files in a folder, or where transformers writes those of a run: in `runs/DATE_HOST`, one for each start.
  private static func eventFiles(_ path: String) -> [String] {
    func events(in folder: String) -> [String] {
      RunFile.entries(folder).filter { $0.contains("tfevents") && !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
    }
    let own = events(in: path)
    if !own.isEmpty { return own }
    let starts = path.split(separator: "/").last == "runs" ? path : "\(path)/runs"
    return RunFile.entries(starts).flatMap { events(in: "\(starts)/\($0)") }
  }

  private static func holdsMetrics(_ path: String) -> Bool {
    guard isLog(file: path), let log = try? file(path, nil) else { return false }
    return log.rows.contains { !$0.values.isEmpty }
  }

  // MARK: Files

  private static func file(_ path: String, _ name: String?) throws(TrainingError) -> RunLog {
    let file = path.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
    if file.contains("tfevents") { return try TensorBoardReader.log(path, [path]) }
    let bytes = try RunFile.read(path)
    if bytes.allSatisfy({ " \t\r\n".utf8.contains($0) }) { return RunLog(.jsonLines, path: path, rows: []) }
    switch file.split(separator: ".").last {
    case "csv", "tsv": return try MetricTable(bytes, separator: file.hasSuffix("tsv") ? "\t" : ",").log(path, name)
    case "json": return try export(bytes, path, name)
    default: return ConsoleLog(bytes).log(path)
    }
  }

  private static func export(_ bytes: [UInt8], _ path: String, _ name: String?) throws(TrainingError) -> RunLog {
    let document: Document
    do throws(DocumentError) {
      document = try JSONReader.read(PythonJSON.quotingNaN(bytes))
    } catch {
      // Some name a file of JSON lines so.
      let log = ConsoleLog(bytes).log(path)
      if !log.rows.isEmpty { return log }
      throw TrainingError(error, in: path)
    }
    if case .object(let members) = document.value, members.contains(where: { $0.key == "log_history" }) {
      let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      let run = try TrainerState.run(folder, from: path)
      var log = RunLog(.trainerState, path: path, rows: run.lines)
      log.total = run.total
      return log
    }
    guard let metrics = MetricDocument(document) else {
      throw TrainingError(.badData, "\(path): there are no metrics in it; \(RunLogFormat.looked)")
    }
    return try metrics.log(path, name)
  }
}
