import Formats
import Transformers

// A checkpoint holds every model in a folder of its own, the optimizers' moments in `training.safetensors`, and a run's
// scalars in `state.json`; all to the last bit.

extension TrainingMethod {
  /// The scalars that the next steps depend on.
  var state: RunState {
    var state = RunState()
    state.integers = ["step": UInt64(stepsDone), "tokens": UInt64(tokensDone)]
    save(&state)
    return state
  }

  /// Writes everything that the next steps depend on into a folder.
  func save(_ state: RunState, to folder: String) throws(TrainingError) {
    for (name, model) in trained.parts.map({ ($0.name, $0.model) }) + followers {
      try LanguageModel(model, result.tokenizer).write(to: "\(folder)/\(name)")
    }
    try trained.saveMoments(to: "\(folder)/training.safetensors")
    try state.write(to: "\(folder)/state.json")
  }

  /// Gives the resulting model the weights of a checkpoint; nothing else of the run goes back.
  func restoreResult(from folder: String) throws(TrainingError) {
    guard let part = trained.parts.first(where: { $0.model === result.model }) else { return }
    do throws(FileError) {
      try ModelWeights("\(folder)/\(part.name)").read(part.model.configuration, into: part.model.parameters)
    } catch {
      throw TrainingError(.badData, "\(error)")
    }
    part.model.parametersChanged()
  }

  func restore(from folder: String) throws(TrainingError) {
    let file = "\(folder)/state.json"
    let state = try RunState.read(file)
    trained.stepsDone = Int(try state.integer("step", in: file))
    tokensDone = Int(try state.integer("tokens", in: file))
    try restore(state, from: file)
    do throws(FileError) {
      try trained.restore(from: folder)
      for (name, model) in followers {
        try LanguageModel.readTrained(model, from: "\(folder)/\(name)")
      }
    } catch {
      throw TrainingError(.badData, "\(error)")
    }
  }
}

extension TrainedModels {
  fileprivate func saveMoments(to path: String) throws(TrainingError) {
    let sources = parts.flatMap(\.moments).map { name, numbers in
      Safetensors.Source(name: name, shape: [numbers.count], values: UnsafeBufferPointer(numbers[0..<numbers.count]))
    }
    do throws(FileError) {
      try Safetensors.write(sources, to: path)
    } catch {
      throw TrainingError(.writeFailed, "\(error)")
    }
  }

  fileprivate func restore(from folder: String) throws(FileError) {
    let file = try Safetensors(path: "\(folder)/training.safetensors")
    for part in parts {
      try LanguageModel.readTrained(part.model, from: "\(folder)/\(part.name)")
      for (name, numbers) in part.moments {
        guard let tensor = file.tensor(named: name), tensor.shape == [numbers.count] else {
          throw FileError(file.path, "the tensor '\(name)' with \(numbers.count) numbers is missing")
        }
        try file.read(tensor, into: numbers[0..<numbers.count])
      }
      part.optimizer.step = stepsDone
    }
  }
}

extension TrainedModels.Part {
  fileprivate var moments: [(String, Parameters)] {
    [("\(name).first", optimizer.firstMoments), ("\(name).second", optimizer.secondMoments)]
  }
}
