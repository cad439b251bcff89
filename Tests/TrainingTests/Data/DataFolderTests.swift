import Testing

@testable import Training

/// Data in several files, and in folders of them.
@Suite struct DataFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try RunFile.makeFolder("\(folder.path)/data")
    try folder.write(#"{"prompt": "b"}"# + "\n", "data/b.jsonl")
    try folder.write(#"[{"prompt": "a"}, {"prompt": "A"}]"#, "data/a.json")
    try folder.write("prompt\nc\n", "data/c.csv")
    for other in ["README.md", ".hidden.jsonl", "dataset_infos.json"] { try folder.write("{}", "data/\(other)") }
    try folder.write(#"{"prompt": "x"}"#, "x.jsonl")
  }

  @Test func aFolderIsItsFilesInTheOrderOfTheirNames() throws {
    let data = try Dataset.read("\(folder.path)/data", "\(folder.path)/x.jsonl", as: .prompts)
    #expect(data.examples.map(\.prompt) == ["a", "A", "b", "c", "x"])
    #expect(data.examples[2].source == "\(folder.path)/data/b.jsonl")
    #expect(data.name == "\(folder.path)/data, \(folder.path)/x.jsonl")
  }

  @Test func aFolderWithoutDataIsAnErrorThatSaysWhatIsRead() throws {
    try RunFile.makeFolder("\(folder.path)/none")
    try folder.write("", "none/notes.txt")
    #expect(
      throws: TrainingError(
        .missingInput,
        "\(folder.path)/none: there is no data file in the folder; files are read that end in .jsonl, .json or .csv")
    ) { try Dataset.read("\(folder.path)/none", as: .prompts) }
    let other = #expect(throws: TrainingError.self) { try Dataset.read(folder.path + "/outer", as: .prompts) }
    #expect(other?.message.contains("there is no such file") == true)
    try RunFile.makeFolder("\(folder.path)/outer/data")
    try folder.write(#"{"prompt": "x"}"#, "outer/data/x.jsonl")
    let inside = #expect(throws: TrainingError.self) { try Dataset.read(folder.path + "/outer", as: .prompts) }
    #expect(inside?.message.contains("name what is wanted: \(folder.path)/outer/data") == true)
    try folder.write("PAR1", "none/data.parquet")
    let error = #expect(throws: TrainingError.self) { try Dataset.read("\(folder.path)/none", as: .prompts) }
    #expect(error?.message.contains("load_dataset") == true)
  }

  @Test func severalPathsAreWrittenAndReadBack() throws {
    var configuration = RunConfiguration(.grpo)
    configuration[all: .dataset] = ["a.jsonl", "b, c.jsonl"]
    #expect(configuration.yaml.contains(#"dataset: ["a.jsonl", "b, c.jsonl"]"#))
    #expect(try RunConfiguration.read(Array(configuration.yaml.utf8), name: "c") == configuration)
    var other = RunConfiguration(.grpo)
    try other.apply(["dataset=" + RunPath.text(["a.jsonl", "b, c.jsonl"])])
    #expect(other == configuration)
    try other.apply(["dataset=d.jsonl"])
    #expect(other[all: .dataset] == ["d.jsonl"])
  }

  @Test(arguments: [RunPath.dataset, .evalDataset])
  func aFileThatIsAddedToAFolderIsAChangeOfTheData(path: RunPath) throws {
    var configuration = RunConfiguration(.grpo)
    configuration[path] = "\(folder.path)/data"
    let run = RunDirectory(path: folder.path, configuration: configuration)
    let seal = DatasetSeal(run: run, path: path)
    try seal.remember()
    #expect(seal.complaint == nil)
    try folder.write(#"{"prompt": "d"}"#, "data/d.jsonl")
    #expect(seal.complaint?.contains("has changed since the run began") == true)
  }
}
