/// Reads the scalars of TensorBoard's event files.
enum TensorBoardReader {
  static func log(_ path: String, _ files: [String]) throws(TrainingError) -> RunLog {
    var rows: [MetricsLog.Line] = []
    // Their names begin with when they were begun.
    for file in files.sorted(by: { (name($0), $0) < (name($1), $1) }) {
      let bytes = try RunFile.read(file)
      if !bytes.isEmpty, TFRecord.payload(in: bytes, at: 0) == nil {
        throw TrainingError(.badData, "\(file): is not an event file of TensorBoard: its first record is damaged")
      }
      var place = 0
      while let record = TFRecord.payload(in: bytes, at: place) {
        place = record.end
        add(record.payload, to: &rows)
      }
    }
    return RunLog(.tensorBoard, path: path, rows: rows)
  }

  private static func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

  /// What TensorBoard writes one by one is one row where the step is the same.
  private static func add(_ event: ArraySlice<UInt8>, to rows: inout [MetricsLog.Line]) {
    let fields = ProtobufMessage.fields(of: event)
    let step = fields.last { $0.number == 2 }.flatMap(\.integer) ?? 0
    for field in fields {
      if field.number == 7, let session = field.block, isStart(session) {
        // A program that goes on from here: what an earlier one wrote of these steps no longer counts.
        rows.removeAll { $0.step >= step }
      }
      guard field.number == 5, let summary = field.block else { continue }
      let values = ProtobufMessage.fields(of: summary).filter { $0.number == 1 }.compactMap(\.block).compactMap(value)
      guard !values.isEmpty else { continue }
      if let last = rows.last, last.step == step, !values.contains(where: { last[$0.name] != nil }) {
        rows[rows.count - 1] = MetricsLog.Line(step: step, last.values + values)
      } else {
        rows.append(MetricsLog.Line(step: step, values))
      }
    }
  }

  private static func isStart(_ session: ArraySlice<UInt8>) -> Bool {
    ProtobufMessage.fields(of: session).contains { $0.number == 1 && $0.integer == 1 }
  }

  /// A summary's value: `tag` 1, `simple_value` 2, or a `tensor` 8 of one number, as TensorFlow 2 writes it.
  private static func value(_ bytes: ArraySlice<UInt8>) -> MetricValue? {
    let fields = ProtobufMessage.fields(of: bytes)
    guard let tag = fields.first(where: { $0.number == 1 })?.block else { return nil }
    let number =
      fields.first { $0.number == 2 }.flatMap(\.float) ?? fields.first { $0.number == 8 }?.block.flatMap(tensor)
    return number.map { MetricValue(String(decoding: tag, as: UTF8.self), $0) }
  }

  /// `dtype` 1 (1 float, 2 double), `tensor_content` 4, `float_val` 5, `double_val` 6.
  private static func tensor(_ bytes: ArraySlice<UInt8>) -> Double? {
    let fields = ProtobufMessage.fields(of: bytes)
    let isDouble = fields.contains { $0.number == 1 && $0.integer == 2 }
    for field in fields {
      switch field.number {
      case 4 where field.block?.count == (isDouble ? 8 : 4), 5 where field.block?.count == 4,
        6 where field.block?.count == 8:
        return field.block.map { ProtobufMessage.number($0) }
      case 5: return field.float
      case 6: return field.double
      default: continue
      }
    }
    return nil
  }
}
