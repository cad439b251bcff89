import Formats
import Foundation
import Transformers

/// The folder of a model that a run reads again whenever it asks the model, instead of keeping it beside what is trained.
struct RereadModel {
  private let path: String
  private let stamps: [String]

  /// To be made before the model is read for the first time.
  init(_ path: String) { (self.path, stamps) = (path, Self.stamps(path)) }

  /// Reads the model's frozen weights; nil if it is so small that it may stay, or the folder does not have them as they are.
  func reader(of model: Transformer) -> (() throws(TrainingError) -> Transformer)? {
    let (configuration, workers) = (model.configuration, model.workers)
    let isWhole = model.lowRank == nil && !AdapterDirectory.exists(at: path) && !GGUFModel.isNamed(by: path)
    guard isWhole, !configuration.isPackedTwice else { return nil }
    return { () throws(TrainingError) in
      guard Self.stamps(path) == stamps else {
        throw TrainingError(
          .badData,
          "\(path): was changed while a run asks it: put the former files back and go on with --resume, or begin another run"
        )
      }
      do throws(FileError) {
        return try ModelWeights(path).frozen(configuration, workers: workers)
      } catch {
        throw TrainingError(error)
      }
    }
  }

  /// What would differ if a file had been written again.
  private static func stamps(_ path: String) -> [String] {
    RunFile.entries(path).filter { $0.hasSuffix(".safetensors") }.map { name in
      let file = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      let date = file?[.modificationDate] as? Date
      let (number, size) = (file?[.systemFileNumber] as? Int, file?[.size] as? Int)
      return "\(name) \(number ?? 0) \(size ?? 0) \(date?.timeIntervalSince1970 ?? 0)"
    }
  }
}
