import Documents
import Objectives

/// The files and folders that a run is given; built-in ones replace what is missing.
public enum RunPath: String, CaseIterable, Sendable {
  case model
  case rewardModel = "reward_model"
  case teacher = "teacher_model_name_or_path"
  case dataset
  case evalDataset = "eval_dataset"
  case output

  var sentence: String {
    switch self {
    case .model: "A Hugging Face folder to start from; null makes a model from nothing."
    case .rewardModel: "The folder of the reward model; null rewards by rule."
    case .teacher: "The folder of the teacher; null makes one for the built-in task."
    case .dataset: "The file or folder to learn from, or a list of them; null takes the built-in task."
    case .evalDataset: "What to evaluate on, likewise; null takes that of the built-in task, if any."
    case .output: "Where the run is written."
    }
  }

  /// Whether there may be several.
  var isList: Bool { self == .dataset || self == .evalDataset }

  /// The paths that a text names: itself, or those of a JSON list.
  static func list(_ text: String) -> [String] {
    guard text.hasPrefix("["), let document = try? JSONReader.read(Array(text.utf8)),
      case .list(let elements) = document.value
    else { return [text] }
    var paths: [String] = []
    for element in elements {
      guard case .string(let path) = element.value else { return [text] }
      paths.append(path)
    }
    return paths
  }

  /// The text that names these paths.
  public static func text(_ paths: [String]) -> String {
    if paths.count == 1 { return paths[0] }
    var json = JSONWriter()
    json.strings(paths)
    return json.text
  }

  /// The paths that a trainer uses.
  static func all(for trainer: Trainer) -> [RunPath] {
    allCases.filter { path in
      switch path {
      case .rewardModel: trainer.algorithm.isRewarded
      case .teacher: trainer.takesTeacher
      default: true
      }
    }
  }
}
