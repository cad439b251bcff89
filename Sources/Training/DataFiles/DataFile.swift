import CZlib
import Documents
import Foundation

/// A data file in one of the forms that people have: JSON lines, a JSON list, an object with `data`, CSV, each also as gzip.
struct DataFile {
  let path: String

  /// No file unpacks to more than this.
  private static let largest = 4 << 30

  /// The file's rows, each with the place where it stands.
  ///
  /// Throws an error that says how to convert what cannot be read.
  func rows(_ bytes: [UInt8]) throws(TrainingError) -> [Document] {
    try refuseColumns(bytes)
    let bytes = try unpacked(bytes)
    do throws(DocumentError) {
      let name = path.lowercased()
      if [".csv", ".tsv", ".csv.gz", ".tsv.gz"].contains(where: name.hasSuffix) { return try CSVRows(bytes).rows }
      if name.hasSuffix(".txt"), !isJSON(bytes) {
        throw DocumentError(
          line: 1, column: 1,
          message: "is plain text; data are JSON lines, such as {\"text\": \"…\"} for each text. For one text a line:  "
            + "python -c 'import json, sys; [print(json.dumps({\"text\": l.rstrip()})) for l in sys.stdin]' < \(path) > data.jsonl"
        )
      }
      if let rows = try list(bytes) { return rows }
      return try JSONLines(bytes).rows
    } catch {
      throw TrainingError(error, in: path)
    }
  }

  /// A list of rows, alone or under `data`; nil for JSON lines.
  private func list(_ bytes: [UInt8]) throws(DocumentError) -> [Document]? {
    let content = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
    let first = content.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    if first == UInt8(ascii: "[") { return try JSONReader.read(bytes).list("the file") }
    // A line of JSON is an object too: only a file that is one whole object can have its rows under `data`.
    guard path.lowercased().contains(".json"), !path.lowercased().contains(".jsonl"),
      let object = try? JSONReader.read(bytes), case .object(let members) = object.value,
      let data = members.first(where: { $0.key == "data" })?.value, case .list(let rows) = data.value
    else { return nil }
    return rows
  }

  private func isJSON(_ bytes: [UInt8]) -> Bool {
    let content = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
    let first = content.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    return first.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") } ?? true
  }

  private func unpacked(_ bytes: [UInt8]) throws(TrainingError) -> [UInt8] {
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    var size = 0
    guard let memory = bytes.withUnsafeBufferPointer({ gradus_gunzip($0.baseAddress, $0.count, Self.largest, &size) })
    else { throw TrainingError(.badData, "\(path): is damaged, or unpacks to more than \(Self.largest >> 30) GiB") }
    defer { free(memory) }
    return Array(UnsafeBufferPointer(start: memory, count: size))
  }

  /// Files that keep columns together, and need another program to be read.
  private func refuseColumns(_ bytes: [UInt8]) throws(TrainingError) {
    let formats: [(name: String, start: [UInt8], loader: String)] = [
      ("a Parquet", Array("PAR1".utf8), "parquet"), ("an Arrow", Array("ARROW1".utf8), "arrow"),
      // What `save_to_disk` writes: a stream of Arrow's messages.
      ("an Arrow", [0xff, 0xff, 0xff, 0xff], "arrow"),
    ]
    for format in formats where bytes.starts(with: format.start) {
      throw TrainingError(
        .badData,
        "\(path): is \(format.name) file; convert it:  python -c 'from datasets import load_dataset; "
          + "load_dataset(\"\(format.loader)\", data_files=\"\(path)\", split=\"train\").to_json(\"data.jsonl\")'")
    }
    let packed: [(start: [UInt8], what: String, remedy: String)] = [
      ([0x28, 0xb5, 0x2f, 0xfd], "packed with zstd", "zstd -d \(path)"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "packed with xz", "xz -d \(path)"),
      (Array("BZh".utf8), "packed with bzip2", "bzip2 -d \(path)"),
      ([0x50, 0x4b, 0x03, 0x04], "a zip archive", "unzip \(path)"),
      ([0xff, 0xfe], "in UTF-16", "iconv -f UTF-16 -t UTF-8 \(path) > data.jsonl"),
      ([0xfe, 0xff], "in UTF-16", "iconv -f UTF-16 -t UTF-8 \(path) > data.jsonl"),
    ]
    for form in packed where bytes.starts(with: form.start) {
      throw TrainingError(.badData, "\(path): is \(form.what), and read as JSON lines or CSV in UTF-8:  \(form.remedy)")
    }
    if bytes.starts(with: Array("version https://git-lfs".utf8)) {
      throw TrainingError(.badData, "\(path): is only a pointer to the file; `git lfs pull` fetches it")
    }
  }
}
